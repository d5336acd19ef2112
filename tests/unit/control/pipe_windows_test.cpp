// The named pipe of a running program, and its clients.
#include <gtest/gtest.h>

#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "control/channel.h"
#include "control/listener.h"
#include "control/place.h"
#include "os/windows.h"

namespace serialtcp::control {
namespace {

using namespace std::chrono_literals;

const std::string kPipe = R"(\\.\pipe\serialtcp-unit-test)";

/// A program that answers each line with the same line, in a loop of its own.
class Answering {
 public:
  Answering() {
    auto listener = make_listener(context_, kPipe, [this](io::StreamSocket client, std::string who) {
      who_ = std::move(who);
      clients_.push_back(std::make_unique<Client>(std::move(client)));
      answer(*clients_.back());
    });
    EXPECT_TRUE(listener) << listener.error();
    if (listener) listener_ = std::move(*listener);
    thread_ = std::thread([this] { context_.run(); });
  }
  ~Answering() {
    context_.stop();
    thread_.join();
  }

  const std::string& who() const { return who_; }

 private:
  struct Client {
    explicit Client(io::StreamSocket connected) : socket(std::move(connected)) {}
    io::StreamSocket socket;
    std::string text;
  };

  void answer(Client& client) {
    io::asio::async_read_until(client.socket, io::asio::dynamic_buffer(client.text), '\n',
                               [this, &client](io::ErrorCode error, std::size_t) {
                                 if (error) return client.socket.close();
                                 io::asio::write(client.socket, io::asio::buffer(client.text));
                                 client.text.clear();
                                 answer(client);
                               });
  }

  io::asio::io_context context_{1};
  std::unique_ptr<Listener> listener_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::string who_;
  std::thread thread_;
};

std::string receive(Channel& channel, std::size_t count) {
  std::string all;
  std::array<char, 1000> piece;
  while (all.size() < count && channel.wait_readable(5s)) {
    const auto got = channel.receive(piece);
    if (!got || *got == 0) break;
    all.append(piece.data(), *got);
  }
  return all;
}

TEST(WindowsControlPipe, CarriesRequestsAndAnswersOfAnyLength) {
  const Answering program;
  for (const std::size_t size : {1UL, 100UL, 300'000UL}) {
    auto channel = open_channel(kPipe);
    ASSERT_TRUE(channel) << channel.error().text;
    const std::string line = std::string(size, 'x') + "\n";
    std::thread sender([&] {
      for (std::size_t sent = 0; sent < line.size();) {
        const auto count = (*channel)->send(std::string_view(line).substr(sent, 4096));
        ASSERT_TRUE(count);
        sent += *count;
      }
    });
    EXPECT_EQ(receive(**channel, line.size()), line) << size;
    sender.join();
  }
  EXPECT_EQ(program.who(), "process " + std::to_string(::GetCurrentProcessId()));
}

TEST(WindowsControlPipe, NothingIsThereAtFirst) {
  const Answering program;
  auto channel = open_channel(kPipe);
  ASSERT_TRUE(channel);
  std::array<char, 10> piece;
  EXPECT_EQ((*channel)->receive(piece).error(), EAGAIN);
  EXPECT_FALSE((*channel)->wait_readable(1ms));
}

TEST(WindowsControlPipe, HasOneOwner) {
  const Answering program;
  io::asio::io_context context;
  const auto second = make_listener(context, kPipe, [](io::StreamSocket, const std::string&) {});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().find("another program listens there"), std::string::npos) << second.error();
}

TEST(WindowsControlPipe, NobodyListens) {
  const auto channel = open_channel(kPipe);
  ASSERT_FALSE(channel);
  EXPECT_EQ(channel.error().kind, Failure::Kind::nobody);
}

TEST(WindowsControlPlace, NamesOfPipes) {
  EXPECT_EQ(parse_place("rack"), R"(\\.\pipe\rack)");
  EXPECT_EQ(parse_place(R"(\\.\pipe\rack)"), R"(\\.\pipe\rack)");
  EXPECT_FALSE(parse_place(R"(C:\rack)"));
  EXPECT_FALSE(parse_place(""));
  EXPECT_EQ(process_at(R"(\\.\pipe\serialtcp-4711)"), 4711U);
  EXPECT_EQ(process_at(kPipe), std::nullopt);
}

}  // namespace
}  // namespace serialtcp::control
