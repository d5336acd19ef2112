// A Sender with frames in flight on a line of 11520 bytes per second, for tests of their fate.
#pragma once

#include "link/sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace serialtcp::link {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

inline constexpr Time kStart = Time{} + 1h;
inline constexpr std::uint64_t kRate = 11520;

inline std::vector<std::uint64_t> offsets(const std::vector<Ticket>& tickets) {
  std::vector<std::uint64_t> result;
  for (const Ticket& ticket : tickets) result.push_back(ticket.offset);
  return result;
}

inline wire::Ack ack_of(std::uint64_t largest, std::initializer_list<wire::AckGap> gaps = {}) {
  wire::Ack ack;
  ack.largest = static_cast<std::uint32_t>(largest & 0xFFFF);
  for (const wire::AckGap& gap : gaps) ack.gaps[ack.gap_count++] = gap;
  return ack;
}

class SenderTest : public testing::Test {
 protected:
  /// Each frame carries one ticket whose offset is the frame's number.
  void send(std::size_t count = 1, std::size_t size = 20) {
    for (; count > 0; --count) {
      const std::uint64_t number = compose(size);
      pacer_.frame_begins(now_);
      pacer_.handed(size, now_);
      sender_.left(number, pacer_.stamp(now_));
    }
  }
  std::uint64_t compose(std::size_t size = 20) {
    SentFrame frame;
    frame.number = sender_.next_number();
    frame.wire_size = size;
    frame.eliciting = true;
    frame.settles = base::Range{0, frame.number};
    frame.tickets.push_back({kind_, StreamId{1}, frame.number, 1});
    sender_.sent(frame);
    return frame.number;
  }
  void send_ack_only() {
    SentFrame frame;
    frame.number = sender_.next_number();
    frame.wire_size = 8;
    sender_.sent(frame);
    pacer_.frame_begins(now_);
    pacer_.handed(8, now_);
    sender_.left(frame.number, pacer_.stamp(now_));
  }
  std::optional<AckError> acknowledge(const wire::Ack& ack) {
    outcome_ = {};
    return sender_.acknowledge(ack, now_, outcome_);
  }
  std::vector<std::uint64_t> delivered() const { return offsets(outcome_.delivered); }
  std::vector<std::uint64_t> lost() const { return offsets(outcome_.lost); }

  Time now_ = kStart;
  Ticket::Kind kind_ = Ticket::Kind::repeated;  ///< of what is sent
  Pacer pacer_{kRate};
  Sender sender_{pacer_};
  Sender::Outcome outcome_;
};

}  // namespace serialtcp::link
