// What a kernel prints on the line is passed on; what frames carry is not, although it looks the same.
#include "driver/noise_tap.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

#include "net/socket_pair.h"
#include "os/clock.h"

namespace serialtcp::io {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kMessage = "[    1.234567] usb 1-1: new\r\n";

class NoiseTaps : public testing::Test {
 protected:
  NoiseTaps() {
    auto pair = socket_pair(context_);
    tap_.add(std::move(pair->first));
    client_ = std::move(pair->second);
  }

  void hear(std::string_view text) {
    tap_.heard(ByteView(reinterpret_cast<const Byte*>(text.data()), text.size()), now());
  }

  std::string shown() {
    std::array<char, 4096> buffer;
    ErrorCode error;
    const std::size_t count = client_.receive(asio::buffer(buffer), 0, error);
    return error ? std::string() : std::string(buffer.data(), count);
  }

  asio::io_context context_;
  std::uint64_t junk_ = 0;
  NoiseTap tap_{context_, [this] { return junk_; }};
  StreamSocket client_{context_};
};

TEST_F(NoiseTaps, PassAMessageOnWhenTheFrameAroundItHasEnded) {
  hear("\x85\x80" + std::string(kMessage.substr(0, 10)));
  hear(std::string(kMessage.substr(10)) + "rest of the frame");
  EXPECT_EQ(shown(), "");
  junk_ += kMessage.size();
  hear("\x1f~");
  EXPECT_EQ(shown(), kMessage);
}

TEST_F(NoiseTaps, PassAMessageOnWhenTheLinePausesBehindIt) {
  hear(kMessage);
  EXPECT_EQ(shown(), "");
  context_.run_for(NoiseTap::kPause * 2);
  EXPECT_EQ(shown(), kMessage);
}

TEST_F(NoiseTaps, DoNotShowAFile) {
  hear("\x85\x80" + std::string(kMessage) + "and more of the frame\x1f~");
  context_.run_for(NoiseTap::kPause * 2);
  EXPECT_EQ(shown(), "");
}

TEST_F(NoiseTaps, ForgetAClientThatHasGone) {
  EXPECT_TRUE(tap_.wanted());
  client_.close();
  context_.run_for(50ms);
  EXPECT_FALSE(tap_.wanted());
}

}  // namespace
}  // namespace serialtcp::io
