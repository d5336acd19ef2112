// EventQueue: the events that an Endpoint has not reported yet, oldest first. Events of streams are bounded
// by the number of streams. Events of the line are not: if they are not polled, only the newest are kept.
#pragma once

#include <deque>
#include <optional>

#include "serialtcp/config.h"
#include "serialtcp/event.h"

namespace serialtcp::base {

class EventQueue {
 public:
  void push(const Event& event) { events_.push_back(event); }

  void push_of_line(const Event& event) {
    if (of_line_ >= limits::kMaxLineEvents) {
      std::erase_if(events_, is_of_line);
      of_line_ = 0;
    }
    ++of_line_;
    events_.push_back(event);
  }

  std::optional<Event> pop() {
    if (events_.empty()) return std::nullopt;
    const Event event = events_.front();
    events_.pop_front();
    if (events_.empty()) of_line_ = 0;
    return event;
  }

 private:
  static bool is_of_line(const Event& event) {
    return std::holds_alternative<event::LinkUp>(event) || std::holds_alternative<event::LinkDown>(event) ||
           std::holds_alternative<event::LineTroubled>(event) ||
           std::holds_alternative<event::LineAltersBytes>(event) ||
           std::holds_alternative<event::LineCoded>(event) ||
           std::holds_alternative<event::LineSpeed>(event) ||
           std::holds_alternative<event::PeerServices>(event) || std::holds_alternative<event::Away>(event) ||
           std::holds_alternative<event::Back>(event) || std::holds_alternative<event::PeerLeaving>(event);
  }

  std::deque<Event> events_;
  std::size_t of_line_ = 0;  ///< upper bound: number pushed since the queue was last empty
};

}  // namespace serialtcp::base
