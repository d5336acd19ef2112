// Where the speed may be raised, unasked or asked for, and what is remembered of it.
#include "driver/line_speed.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "shell_fixture.h"
#include "temporary_folder.h"

namespace serialtcp::io {
namespace {

using What = event::LineSpeed::What;
using Where = Climbing::Where;

/// A serial port that is not there.
class PortLine final : public Line {
 public:
  void open(Opened opened) override { opened({}); }
  void close() override {}
  LineResult read(MutableByteView) override { return {LineStatus::would_block}; }
  LineResult write(ByteView bytes) override { return {LineStatus::ok, bytes.size()}; }
  void when_readable(Ready) override {}
  void when_writable(Ready) override {}
  std::size_t unsent() const override { return 0; }
  std::uint32_t speed() const override { return baud; }
  bool is_hardware() const override { return hardware; }
  std::string adapter() const override { return "usb 0403:6001 serial A1:1.0"; }
  const std::string& name() const override { return name_; }

  std::uint32_t baud = 115200;
  bool hardware = true;

 private:
  std::string name_ = "/dev/ttyUSB0";
};

struct LineSpeedTest : testing::Test {
  /// Whether the Endpoint may raise the speed.
  bool may(Where where, bool hardware, std::uint32_t baud = 115200) {
    Endpoint one({}, {});
    line.hardware = hardware;
    line.baud = baud;
    LineSpeed speed(context, {.where = where}, {}, one, line, recorder, {[] { return true; }, [] {}});
    speed.line_opened();
    return one.line_speed() != 0;
  }

  std::unique_ptr<LineSpeed> opened(const std::shared_ptr<SpeedMemory>& with, std::string peer = "") {
    const Climbing climbing{.where = Where::everywhere};
    LineSpeed::Pump pump{[] { return true; }, [] {}};
    auto speed = std::make_unique<LineSpeed>(context, climbing, SpeedHints{with, std::move(peer)}, endpoint,
                                             line, recorder, std::move(pump));
    speed->line_opened();
    return speed;
  }

  asio::io_context context;
  PortLine line;
  Recorder recorder;
  TemporaryFolder folder;
  Endpoint endpoint{{}, {}};
  std::shared_ptr<SpeedMemory> memory = std::make_shared<SpeedMemory>(folder.path());
  const SpeedPlace place{"usb 0403:6001 serial A1:1.0", ""};
};

TEST_F(LineSpeedTest, UnaskedOnlyOnHardware) {
  EXPECT_TRUE(may(Where::on_hardware, true));
  EXPECT_FALSE(may(Where::on_hardware, false));
  EXPECT_TRUE(may(Where::everywhere, true));
  EXPECT_TRUE(may(Where::everywhere, false));
  EXPECT_FALSE(may(Where::nowhere, true));
  EXPECT_FALSE(may(Where::nowhere, false));
  EXPECT_FALSE(may(Where::on_hardware, true, 0)) << "it has no speed";
  EXPECT_FALSE(may(Where::everywhere, true, 0));
}

TEST_F(LineSpeedTest, WhatIsInUseIsRememberedForThisAdapterAndPeer) {
  const auto speed = opened(memory);
  speed->told({What::climbs, 115200, 3000000});
  EXPECT_EQ(memory->recall(place), 0U) << "nothing has worked yet";
  speed->told({What::settled, 921600, 115200});
  EXPECT_EQ(memory->recall(place), 921600U);
  speed->told({What::settled, 2000000, 115200});
  EXPECT_EQ(memory->recall(place), 2000000U);
  speed->told({What::lost, 2000000, 115200});
  speed->told({What::settled, 115200, 115200});
  EXPECT_EQ(memory->recall(place), 2000000U) << "the other end was restarted";
  EXPECT_EQ(memory->recall({place.adapter, "0123456789abcdef"}), 0U);
  opened(memory, "0123456789abcdef")->told({What::settled, 460800, 115200});
  EXPECT_EQ(memory->recall({place.adapter, "0123456789abcdef"}), 460800U);
  EXPECT_EQ(memory->recall(place), 2000000U);
}

TEST_F(LineSpeedTest, WhatHasNotWorkedIsForgottenAndOthersAreNot) {
  for (const What fails : {What::kept, What::poor, What::left_out}) {
    memory->keep({place, 2000000});
    const auto speed = opened(memory);
    speed->told({fails, 3000000, 115200});
    EXPECT_EQ(memory->recall(place), 2000000U);
    speed->told({fails, 2000000, 115200});
    EXPECT_EQ(memory->recall(place), 0U);
  }
}

TEST_F(LineSpeedTest, WhatCannotBeKeptIsSaidOnce) {
  opened(std::make_shared<SpeedMemory>(std::unexpected("there is no place")))
      ->told({What::settled, 921600, 115200});
  EXPECT_TRUE(recorder.has("is not remembered for the next start: there is no place"));
  opened(nullptr)->told({What::settled, 921600, 115200});
  EXPECT_EQ(recorder.texts.size(), 1U);
}

}  // namespace
}  // namespace serialtcp::io
