// A console for dialogues in simulated time: text and an answer for each line that is typed, as a board would give it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "install/talk.h"

namespace serialtcp::install {

/// What was told, asked and recorded.
class Notes : public Witness {
 public:
  void tell(std::string_view text) override { told.emplace_back(text); }
  void progress(std::size_t, std::size_t) override {}
  void record(Way, std::string_view text) override { transcript += text; }
  bool ask(std::string_view question, Echo) override {
    asked.emplace_back(question);
    return has_terminal;
  }

  std::vector<std::string> told;
  std::vector<std::string> asked;
  std::string transcript;
  bool has_terminal = true;
};

class SimulatedBoard {
 public:
  /// What it prints when a line (without its end) is typed; nothing: it says nothing.
  using Answer = std::function<std::string(const std::string& line)>;

  explicit SimulatedBoard(Answer answer) : answer_(std::move(answer)) {}

  /// Prints this after so long.
  void later(Duration after, std::string text) { queued_.push_back({now + after, std::move(text)}); }
  void say(std::string text) { later({}, std::move(text)); }

  /// Until `ended`, or for so long. What is written takes no time; each answer takes `delay`.
  void run(Talk& talk, const std::function<bool()>& ended, Duration most) {
    const Time end = now + most;
    while (!ended() && now < end) {
      while (!talk.output().empty() && !ended()) {
        const ByteView out = talk.output();
        take(std::string_view(reinterpret_cast<const char*>(out.data()), out.size()));
        talk.written(out.size(), now);
      }
      if (ended()) return;
      Time next = std::min(talk.deadline(), end);
      for (const Queued& one : queued_) next = std::min(next, one.at);
      now = std::max(now, next);
      deliver(talk);
      if (!ended() && talk.deadline() <= now) talk.tick(now);
    }
  }

  std::vector<std::string> lines;  ///< that were typed
  Time now = Time{} + std::chrono::seconds(100);
  Duration delay = std::chrono::milliseconds(5);
  bool echo = true;

 private:
  struct Queued {
    Time at;
    std::string text;
  };

  void take(std::string_view text) {
    for (const char c : text) {
      if (c == '\x11') continue;
      if (c == '\x03') {
        line_.clear();
        continue;
      }
      if (c != '\n') {
        line_ += c;
        continue;
      }
      lines.push_back(line_);
      later(delay, (echo ? line_ + "\r\n" : "\r\n") + answer_(line_));
      line_.clear();
    }
  }

  void deliver(Talk& talk) {
    std::vector<Queued> rest;
    std::string text;
    for (Queued& one : queued_) {
      if (one.at <= now) {
        text += one.text;
      } else {
        rest.push_back(std::move(one));
      }
    }
    queued_ = std::move(rest);
    if (!text.empty()) talk.feed(ByteView(reinterpret_cast<const Byte*>(text.data()), text.size()), now);
  }

  Answer answer_;
  std::string line_;
  std::vector<Queued> queued_;
};

}  // namespace serialtcp::install
