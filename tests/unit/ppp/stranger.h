// A PPP link whose other end is played by a test, frame by frame.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "hex.h"
#include "ppp/link.h"
#include "ppp/numbers.h"

namespace serialtcp::ppp::test {

/// The other end as bytes.
struct Stranger {
  explicit Stranger(const Config& config) : link(config, now) {}
  /// What the link sends, without LCP's framing: the frames.
  std::vector<std::pair<std::uint16_t, Bytes>> heard() {
    std::vector<std::pair<std::uint16_t, Bytes>> all;
    const Bytes bytes = link.transmit(1000000);
    ByteView rest(bytes);
    while (const auto frame = reader.next(rest)) {
      all.emplace_back(frame->protocol, Bytes(frame->information.begin(), frame->information.end()));
    }
    return all;
  }
  void say(std::uint16_t protocol, const Bytes& information) {
    Bytes line;
    append_frame(protocol, information, {}, OpeningFlag::needed, line);
    link.receive(line, now);
  }
  void ack_requests() {
    for (const auto& [protocol, bytes] : heard()) {
      if (bytes[0] != code::kConfigureRequest) continue;
      Bytes ack = bytes;
      ack[0] = code::kConfigureAck;
      say(protocol, ack);
    }
  }
  /// Agrees to what the link requests, and requests `options`.
  void open(const Bytes& options) {
    ack_requests();
    say(protocol::kLcp, make_packet(code::kConfigureRequest, 1, options));
  }

  std::string texts() {
    std::string all;
    while (const auto report = link.poll()) all += report->text + "\n";
    return all;
  }

  Time now = Time(seconds(1));
  PppLink link;
  FrameReader reader{1500};
};

}  // namespace serialtcp::ppp::test
