// A telnet server that sends arbitrary bytes in arbitrary pieces: however they are cut, they mean the same; what they make
// us send is telnet, and bounded; and what we send is what another parser reads.
#include "input.h"
#include "telnet/session.h"

namespace serialtcp::fuzz {
namespace {

using telnet::Session;

struct Silent final : telnet::Listener {
  void negotiated(Way, Byte, Byte) override {}
  void port_told(const telnet::ComPort::Heard& heard) override {
    demand(heard.text.size() <= telnet::ComPort::kMaxSignature, "a signature is short");
  }
};

struct Told {
  Bytes data, sent;
  Session::Failure failure = Session::Failure::none;
  telnet::Mode to = telnet::Mode::text;
  bool suspended = false;
};

/// Cut where `cuts` says, or not at all.
Told tell(ByteView bytes, Input* cuts, std::optional<telnet::PortWish> wish) {
  Silent silent;
  Session session(wish, silent, Time{});
  session.start();
  session.set_port();
  Told told;
  while (!bytes.empty()) {
    const ByteView piece = take_piece(bytes, cuts);
    const std::size_t before = told.data.size();
    session.receive(piece, Time{}, told.data);
    demand(told.data.size() - before <= piece.size() + 1,
           "data does not become more, but for an IAC from before");
  }
  const ByteView pending = session.pending();
  told.sent.assign(pending.begin(), pending.end());
  told.failure = session.failure();
  told.to = session.mode(telnet::Side::us);
  told.suspended = session.suspended();
  demand(told.sent.size() < 32 * (Session::kMaxAnswers + 20), "answers are bounded");
  return told;
}

/// All 256 values, with what precedes them, arrive as they were.
void check_sending(ByteView bytes, telnet::Mode mode) {
  Bytes out;
  telnet::append_data(bytes, mode, out);
  telnet::Parser parser;
  parser.set_mode(mode);
  Bytes read;
  ByteView rest(out);
  while (const auto item = parser.next(rest)) {
    demand(item->kind == telnet::Parser::Item::Kind::data, "data is no command");
    read.insert(read.end(), item->bytes.begin(), item->bytes.end());
  }
  demand(read.size() == bytes.size() && std::equal(read.begin(), read.end(), bytes.begin()), "data arrives");
}

}  // namespace
}  // namespace serialtcp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace serialtcp;
  const auto input = fuzz::split_head(data, size);
  if (!input) return 0;
  fuzz::Input head = input->head;
  std::optional<telnet::PortWish> wish;
  if ((head.u8() & 1U) != 0) wish.emplace();
  const fuzz::Told one = fuzz::tell(input->bytes, &head, wish);
  const fuzz::Told other = fuzz::tell(input->bytes, nullptr, wish);
  fuzz::demand(one.data == other.data && one.sent == other.sent && one.failure == other.failure &&
                   one.suspended == other.suspended,
               "it does not matter how the bytes are cut");
  for (const telnet::Mode mode : {telnet::Mode::text, telnet::Mode::binary})
    fuzz::check_sending(input->bytes, mode);
  return 0;
}
