// Segments of many TCP connections between two hosts at random, as one direction of a line carries them: transfers,
// echoes, acknowledgements, windows that close and open, retransmissions, urgent data, options, congestion marks, new
// connections.
#pragma once

#include <algorithm>
#include <vector>

#include "base/prng.h"
#include "ip/packets.h"

namespace serialtcp::test {

class TcpSessions {
 public:
  explicit TcpSessions(std::uint64_t seed, std::size_t connections)
      : random_(seed), connections_(connections) {
    for (Connection& one : connections_) begin(one);
  }

  Bytes next() {
    // Bursts of one connection are frequent.
    if (random_.chance(0.3)) current_ = random_.below(connections_.size());
    Connection& one = connections_[current_];
    if (random_.chance(0.002)) return start_again(one);
    return change(one);
  }

 private:
  enum class Habit : std::uint8_t { transfer, echo, acknowledges, closing_window, anything };

  struct Connection {
    TcpFields fields = {};
    std::size_t data = 0;  // of the segment before
    Habit habit = Habit::anything;
    Byte service = 0;
    std::uint16_t identification = 0, step = 1;
  };

  void begin(Connection& one) {
    one.fields = {.source_port = static_cast<std::uint16_t>(1024 + random_.below(60'000)),
                  .destination_port = static_cast<std::uint16_t>(random_.chance(0.5) ? 80 : 22),
                  .sequence = static_cast<std::uint32_t>(random_.next()),
                  .acknowledgement = static_cast<std::uint32_t>(random_.next()),
                  .window = static_cast<std::uint16_t>(random_.next())};
    one.habit = static_cast<Habit>(random_.below(5));
    one.data = 0;
    one.identification = static_cast<std::uint16_t>(random_.next());
    one.step = random_.chance(0.7) ? 1 : static_cast<std::uint16_t>(random_.below(3) * 256);
    if (random_.chance(0.2)) one.fields.options = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
  }

  Bytes start_again(Connection& one) {
    begin(one);
    one.fields.flags = tcp_syn_;
    Bytes packet = segment(one, 0);
    one.fields.flags = ip::tcp_flag::kAck;
    ++one.fields.sequence;
    return packet;
  }

  Bytes change(Connection& one) {
    const auto size = static_cast<std::uint32_t>(1 + random_.below(60));
    TcpFields& fields = one.fields;
    fields.flags = ip::tcp_flag::kAck | (random_.chance(0.3) ? ip::tcp_flag::kPsh : 0);
    fields.sequence += static_cast<std::uint32_t>(one.data);
    switch (random_.chance(0.1) ? Habit::anything : one.habit) {
      case Habit::transfer:
        return segment(one, size);
      case Habit::echo:
        fields.acknowledgement += static_cast<std::uint32_t>(one.data);
        return segment(one, one.data == 0 ? 1 : one.data);
      case Habit::acknowledges:
        fields.acknowledgement += 2 * size;
        return segment(one, 0);
      case Habit::closing_window:  // the checksum does not change
        fields.acknowledgement += size;
        fields.window = static_cast<std::uint16_t>(fields.window - size);
        return segment(one, random_.chance(0.2) ? size : 0);
      case Habit::anything:
        break;
    }
    return anything(one, size);
  }

  Bytes anything(Connection& one, std::uint32_t size) {
    TcpFields& fields = one.fields;
    switch (random_.below(9)) {
      case 0:  // once more
        fields.sequence -= static_cast<std::uint32_t>(one.data);
        return segment(one, one.data);
      case 1:
        fields.flags |= ip::tcp_flag::kUrg;
        fields.urgent = static_cast<std::uint16_t>(random_.below(3) * 200);
        return segment(one, size);
      case 2:
        fields.window = static_cast<std::uint16_t>(random_.next());
        return segment(one, 0);
      case 3:
        fields.flags |= 0x40;  // ECE
        return segment(one, 0);
      case 4:
        one.service = static_cast<Byte>(random_.below(4));
        return segment(one, size);
      case 5:
        if (!fields.options.empty()) ++fields.options.back();
        return segment(one, size);
      case 6:
        fields.acknowledgement += static_cast<std::uint32_t>(random_.below(200'000));
        return segment(one, size);
      case 7: {  // moves what the sum adds up to to another field
        const auto same = static_cast<std::uint16_t>(random_.below(500));
        fields.sequence += same;
        fields.window = static_cast<std::uint16_t>(fields.window - same);
        return segment(one, size);
      }
      default:
        fields.acknowledgement += size;
        return segment(one, 300 + random_.below(200));
    }
  }

  Bytes segment(Connection& one, std::size_t size) {
    std::string data(size, ' ');
    for (char& byte : data) byte = static_cast<char>(random_.next());
    Bytes packet = tcp_packet(kServer, kDevice, one.fields, data);
    packet[1] = one.service;
    one.identification = static_cast<std::uint16_t>(one.identification + one.step);
    ip::put16(packet, 4, one.identification);
    one.data = size;
    return with_header_checksum(std::move(packet));
  }

  static constexpr std::uint8_t tcp_syn_ = ip::tcp_flag::kSyn;
  base::Prng random_;
  std::vector<Connection> connections_;
  std::size_t current_ = 0;
};

}  // namespace serialtcp::test
