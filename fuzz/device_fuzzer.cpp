// A device that sends anything to the modem and to what finds out what it speaks, as `serialtcp net` calls them, in any pieces
// and at any times: to the modem it does not matter how bytes are cut; what is held and said is bounded; and whatever was
// before, a device that dials, greets as Windows does, speaks PPP or speaks SLIP is understood.
#include <algorithm>
#include <string>

#include "gateway/detector.h"
#include "gateway/modem.h"
#include "input.h"
#include "ip/datagram_writer.h"
#include "ip/slip_framing.h"
#include "ppp/framing.h"
#include "ppp/numbers.h"

namespace serialtcp::fuzz {
namespace {

using gateway::Detector;
using gateway::Modem;
using gateway::Speech;

constexpr Duration kPause = std::chrono::seconds(3);
static_assert(kPause > Detector::kSilence && kPause > Modem::kGuard);

/// What a modem has made of bytes.
struct Told {
  Bytes data;
  std::string answers;
  bool online = false, called = false, hung_up = false;

  bool operator==(const Told&) const = default;
};

Told tell(Modem& modem, ByteView bytes, Input* cuts, Time now) {
  Told told;
  while (!bytes.empty()) {
    const Bytes data = modem.take(take_piece(bytes, cuts), now);
    told.data.insert(told.data.end(), data.begin(), data.end());
  }
  told.answers = modem.answers();
  told.online = modem.is_online();
  told.called = modem.has_called();
  told.hung_up = modem.has_hung_up();
  demand(told.answers.size() < Modem::kMostAnswers + Modem::kLongestCommand * 32, "answers are bounded");
  return told;
}

ByteView view(std::string_view text) {
  return {reinterpret_cast<const Byte*>(text.data()), text.size()};
}

void listen(Detector& detector, ByteView bytes, Input* cuts, Time now) {
  while (!bytes.empty()) {
    const Speech before = detector.speech();
    const auto heard = detector.take(take_piece(bytes, cuts), now);
    demand((heard == Detector::Heard::another) == (detector.speech() != before), "another one is told");
    demand(heard == Detector::Heard::nothing || detector.understood(), "what is a frame is understood");
    demand(heard != Detector::Heard::more || detector.held().empty(), "what was understood is not held");
    demand(detector.held().size() <= Detector::kMostHeld, "what is held is bounded");
    if (heard == Detector::Heard::another) detector.release();
  }
}

void must_dial(Modem& modem, Time now) {
  modem.listen_again();
  now += kPause;
  Told told = tell(modem, view("ATE1V1Q0DT1\r"), nullptr, now);
  demand(told.online && told.called && told.answers.ends_with("CONNECT 9600\r\n"), "a call is answered");
  now += kPause;
  told = tell(modem, view("+++"), nullptr, now);
  demand(told.online && told.data.size() == 3, "it may be data");
  demand(modem.deadline() == now + Modem::kGuard, "and is none after a pause");
  modem.tick(now + Modem::kGuard);
  demand(!modem.is_online() && modem.answers() == "\r\nOK\r\n", "which is told");
  modem.listen_again();
  now += kPause;
  told = tell(modem, view("client"), nullptr, now);
  demand(told.online && told.answers.ends_with("CLIENTSERVER"), "a cable is answered");
}

void must_understand(Detector& detector, Time now) {
  Bytes frame;
  ppp::append_frame(ppp::protocol::kLcp, Bytes{1, 1, 0, 4}, {}, ppp::OpeningFlag::needed, frame);
  listen(detector, frame, nullptr, now + kPause);
  demand(detector.speech() == Speech::ppp, "PPP is understood");
  frame.clear();
  const Bytes payload(8);
  ip::append_slip_frame(
      ip::make_datagram({ip::Address::v4(0x0A00020F), ip::Address::v4(0x0A000202), ip::protocol::kUdp},
                        payload),
      true, frame);
  listen(detector, frame, nullptr, now + 2 * kPause);
  demand(detector.speech() == Speech::slip, "SLIP is understood");
}

}  // namespace
}  // namespace serialtcp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace serialtcp;
  auto input = fuzz::split_head(data, size);
  if (!input) return 0;
  fuzz::Input cuts = input->head, rest(input->bytes.data(), input->bytes.size());
  gateway::Modem modem(9600), other(9600);
  gateway::Detector detector;
  Time now = Time(std::chrono::seconds(100));
  while (!rest.empty()) {
    const Byte what = rest.u8();
    if ((what & 1U) != 0) now += rest.duration() % fuzz::kPause;
    const Bytes bytes = rest.bytes(1 + what / 4);
    if ((what & 2U) != 0) {
      fuzz::listen(detector, bytes, &cuts, now);
      continue;
    }
    for (gateway::Modem* const one : {&modem, &other}) one->tick(now);
    const fuzz::Told told = fuzz::tell(modem, bytes, &cuts, now);
    fuzz::demand(told == fuzz::tell(other, bytes, nullptr, now), "it does not matter how the bytes are cut");
    fuzz::demand(told.data.size() <= bytes.size(), "data does not become more");
    if (told.online && what >= 0xF0)
      for (gateway::Modem* const one : {&modem, &other}) one->hang_up();
  }
  fuzz::must_dial(modem, now);
  fuzz::must_understand(detector, now);
  return 0;
}
