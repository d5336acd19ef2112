// Common parts of tests of the shell, on all systems: a loop that runs until a condition is fulfilled, an Observer that keeps
// messages.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "os/asio.h"
#include "os/observer.h"

namespace serialtcp::io {

/// Only a hang takes this long; otherwise no result of a test depends on it.
inline constexpr auto kHang = std::chrono::seconds(20);

/// Runs the loop until `done` returns true; false if it never does.
inline bool run_until(asio::io_context& context, const std::function<bool()>& done) {
  const auto give_up = std::chrono::steady_clock::now() + kHang;
  context.restart();
  while (!done()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    if (context.stopped()) context.restart();
    context.run_one_for(std::chrono::milliseconds(20));
  }
  return true;
}

/// Runs all handlers that are ready now.
inline void run_ready(asio::io_context& context) {
  context.restart();
  context.poll();
}

/// Keeps every message.
class Recorder final : public Observer {
 public:
  void link_up(std::string_view, const event::LinkUp&) override { ++links_up; }
  void line_opened(std::string_view line, std::string_view how) override { add("opened {} {}", line, how); }
  void link_measured(std::string_view line, const Figures&) override { add("measured {}", line); }
  void line_speed(std::string_view line, const Figures& figures) override {
    add("speed {} {}", line, figures.rate);
  }
  void link_figures(std::string_view line, const Figures&) override { add("figures {}", line); }
  void frames_lost(std::string_view line, const Figures&) override { add("frames lost {}", line); }
  void frames_arrive(std::string_view line, Duration) override { add("frames arrive {}", line); }
  void clients_wait(std::size_t clients) override { add("{} clients wait", clients); }
  void link_down(LinkDownReason) override { ++links_down; }
  void peer_services(const ServiceNames& services) override { peer = services; }
  void line_troubled(const event::LineTroubled& troubled) override { troubles.push_back(troubled.trouble); }
  void line_alters_bytes(const ByteChange& change) override { changes.push_back(change); }
  void line_coded(const event::LineCoded& coded) override { codings.push_back(coded); }
  void speed_changed(std::string_view line, const event::LineSpeed& speed) override {
    add("{} {} to {}", line, speed.speed, speed.other);
  }
  void line_awaited(std::string_view line, std::string_view reason) override {
    add("awaited {}: {}", line, reason);
  }
  void line_found(std::string_view line) override { add("found {}", line); }
  void line_lost(std::string_view line, std::string_view reason) override {
    add("lost {}: {}", line, reason);
  }
  void line_back(std::string_view line, Duration) override { add("back {}", line); }
  void line_still_away(std::string_view line, std::string_view reason, Duration) override {
    add("still away {}: {}", line, reason);
  }
  void peer_silent(std::string_view line, Duration silent, std::size_t connections) override {
    add("silent {} for {} s, {} connections", line,
        std::chrono::duration_cast<std::chrono::seconds>(silent).count(), connections);
  }
  void no_link(std::string_view line, Duration without, Heard heard) override {
    add("no link {} for {} s, {}", line, std::chrono::duration_cast<std::chrono::seconds>(without).count(),
        heard == Heard::something ? "something heard" : "nothing heard");
  }
  void peer_answers(std::string_view line, Duration) override { add("answers {}", line); }
  void line_not_back_yet(std::string_view line, std::string_view reason) override {
    add("wait {}: {}", line, reason);
  }
  void received(ByteView chunk) override { bytes_received += chunk.size(); }
  void connection(std::uint64_t number, std::string_view what) override { add("{}: {}", number, what); }
  void connection_over(std::uint64_t number, Ending ending, std::string_view what) override {
    add("{}: {}", number, what);
    if (ending == Ending::failed) ++failed;
  }
  void program_said(std::uint64_t number, std::string_view line) override {
    add("{}: the program says: {}", number, line);
  }
  void note(std::string_view text) override { texts.emplace_back(text); }

  bool has(std::string_view part) const {
    for (const std::string& text : texts) {
      if (text.find(part) != std::string::npos) return true;
    }
    return false;
  }
  std::string all() const { return fmt::format("{}", fmt::join(texts, "\n")); }

  std::vector<std::string> texts;
  std::vector<LineTrouble> troubles;
  std::vector<ByteChange> changes;
  std::vector<event::LineCoded> codings;
  std::optional<ServiceNames> peer;
  int links_up = 0;
  int links_down = 0;
  int failed = 0;  ///< connections
  std::size_t bytes_received = 0;

 private:
  template <typename... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    texts.push_back(fmt::format(format, std::forward<Args>(args)...));
  }
};

/// Everything that comes from a socket until its end, which must be one in order.
inline std::string text_until_end(asio::io_context& context, StreamSocket& socket) {
  std::string text;
  std::array<char, 65536> buffer;
  ErrorCode error;
  socket.non_blocking(true);
  run_until(context, [&] {
    const std::size_t count = socket.read_some(asio::buffer(buffer), error);
    text.append(buffer.data(), count);
    return error && error != asio::error::would_block;
  });
  EXPECT_EQ(error, asio::error::eof);
  return text;
}

}  // namespace serialtcp::io
