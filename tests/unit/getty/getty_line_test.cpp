// A port with a modem: the console's program runs while there is a carrier, also when the port was away.
#include "getty/getty_line.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "os/clock.h"
#include "port/line_controls.h"

namespace serialtcp::getty {
namespace {

using namespace std::chrono_literals;
using io::Pin;

/// Delivers nothing; has a carrier, or not.
class ModemPort final : public io::Line, private io::LineControls {
 public:
  explicit ModemPort(std::string& written) : written_(written) {}

  void open(Opened opened) override { opened({}); }
  void close() override { readable_ = nullptr; }
  io::LineResult read(MutableByteView) override {
    if (gone) return {io::LineStatus::gone, 0, "unplugged"};
    return {io::LineStatus::would_block};
  }
  io::LineResult write(ByteView bytes) override {
    written_.append(bytes.begin(), bytes.end());
    return {io::LineStatus::ok, bytes.size()};
  }
  void when_readable(Ready ready) override { readable_ = std::move(ready); }
  void when_writable(Ready) override {}
  std::size_t unsent() const override { return 0; }
  io::LineControls* controls() override { return this; }
  const std::string& name() const override { return name_; }

  void set_pins(std::optional<Pin>, std::optional<Pin>) override {}
  Pin dtr() const override { return Pin::high; }
  Pin rts() const override { return Pin::high; }
  std::optional<io::ModemLines> modem_lines() const override { return io::ModemLines{.carrier = carrier}; }
  void set_break(Break) override {}
  Duration last_bytes() const override { return {}; }

  void unplug() {
    gone = true;
    if (auto ready = std::exchange(readable_, nullptr)) ready();
  }

  Pin carrier = Pin::low;
  bool gone = false;

 private:
  std::string& written_;
  std::string name_ = "modem";
  Ready readable_;
};

class GettyModem : public testing::Test {
 protected:
  GettyModem() {
    auto port = std::make_unique<ModemPort>(written_);
    port_ = port.get();
    line_ = std::make_unique<GettyLine>(
        context_, std::move(port),
        GettyLine::Config{.text = Wish::Text::without_link, .carrier = Wish::Carrier::counts, .rate = 11520},
        console_);
    open();
  }

  void open() {
    line_->open([](const auto&) {});
  }

  bool run_until(const std::function<bool()>& done, Duration limit) {
    for (const Time end = io::now() + limit; !done() && io::now() < end;) context_.run_for(10ms);
    return done();
  }
  bool program_has_begun() {
    return run_until([this] { return written_.find("begun") != std::string::npos; }, 20s);
  }

  io::asio::io_context context_;
  std::string written_;
  std::shared_ptr<BoardConsole> console_ = std::make_shared<BoardConsole>(
      context_, std::make_shared<io::ProgramWatcher>(),
      std::vector<std::string>{"/bin/sh", "-c", "echo begun; exec cat"}, [](const std::string&) {});
  ModemPort* port_ = nullptr;
  std::unique_ptr<GettyLine> line_;
};

TEST_F(GettyModem, StartsTheProgramWithTheCarrierAndHangsItUpWithoutOne) {
  context_.run_for(500ms);
  EXPECT_EQ(written_.find("begun"), std::string::npos);
  port_->carrier = Pin::high;
  ASSERT_TRUE(program_has_begun());
  written_.clear();
  port_->carrier = Pin::low;
  context_.run_for(500ms);
  EXPECT_EQ(written_.find("begun"), std::string::npos);
  port_->carrier = Pin::high;
  EXPECT_TRUE(program_has_begun());
}

TEST_F(GettyModem, StartsTheProgramWhenThePortIsBack) {
  port_->carrier = Pin::high;
  ASSERT_TRUE(program_has_begun());
  written_.clear();
  port_->unplug();
  port_->gone = false;
  open();
  EXPECT_TRUE(program_has_begun());
}

}  // namespace
}  // namespace serialtcp::getty
