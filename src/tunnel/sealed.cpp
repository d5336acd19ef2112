// The handshake of a sealed link: hellos with its messages, frames that only the peer can have made, and what
// is sent to a peer that has no key or another one. docs/protocol.md, "Sealed links".
#include <algorithm>

#include "tunnel/tunnel.h"
#include "wire/frame.h"

namespace serialtcp::tunnel {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kSealedHelloOnWire = 96;
// Two messages 1 have crossed if they were sent within this time and that of both on the line.
constexpr Duration kCrossing = 10ms;
// The peer has answered, but uses the keys only when our first frame has arrived and it answers that.
constexpr Duration kProofPatience = 1s;
constexpr std::size_t kProofBytes = 512;
// An end that lets the other begin waits for this time, plus that of these bytes on the line: the first bytes
// of a hello, a whole one, an answer and the first frame after it.
constexpr Duration kListening = 20ms;
constexpr std::size_t kFirstBytes = 12;
// A peer that does not understand us is sent a hello at this interval, although the link is up.
constexpr Duration kTroubleHelloInterval = 1s;

}  // namespace

void Tunnel::on_sealed_hello(const wire::Hello& hello, Time now) {
  if (!hello.handshake) return tell_of_keys(LineTrouble::peer_has_no_key, now);
  if (hello.up) return on_answer(hello, now);
  if (!answer_.empty() || is_no_beginning(hello, now)) return;
  if (const Sealing::Offer* const offer = sealing_->offer_for(*hello.handshake)) {
    if (may_answer_stranger(offer->answer.size(), now)) {
      sealing_->answered_messages().answered(*hello.handshake, now);
      answer_ = offer->answer;
    }
    return;
  }
  switch (sealing_->judge(hello, now)) {
    case Sealing::Judgement::not_looked_at:
      return;
    case Sealing::Judgement::wrong_key:
      return tell_of_keys(LineTrouble::key_differs, now);
    case Sealing::Judgement::correct:
      break;
  }
  if (!roles_fit(hello) || is_being_answered(hello, now)) return;
  if (!lottery_.wins(random_, now)) return;
  if (!sealing_->may_answer(now) || !may_answer_stranger(kSealedHelloOnWire, now))
    return lottery_.refused(now);
  lottery_.answered();
  sealing_->answered_messages().answered(*hello.handshake, now);

  wire::Hello own = make_hello();
  own.up = true;
  own.peer = hello.session;
  HelloBuffer raw;
  base::Writer writer(raw);
  const ByteView covered = begin_sealed_hello(own, writer);
  const std::optional<Bytes> message = sealing_->answer(hello, covered, now);
  if (!message) return;
  session_answered_ = true;
  writer.bytes(*message);
  answer_ = finish_hello(writer);
  sealing_->offers(now).back().answer = answer_;
  put_off_beginning(PutOff::keys_used, now);
}

/// Whether this message 1 begins nothing, as far as is known: it is from the current peer, or was replayed
/// while frames of the peer arrive, or was replayed too often.
bool Tunnel::is_no_beginning(const wire::Hello& hello, Time now) const {
  const AnsweredMessages& answered = sealing_->answered_messages();
  if (hello.handshake->size() != secure::kMessageSize) return false;
  if (!peer_is_heard(now)) return !answered.may_answer(*hello.handshake, now);
  return (sealing_->proven() && hello.session == link_.peer.session) ||
         answered.answered_before(*hello.handshake);
}

bool Tunnel::put_off_beginning(PutOff until, Time now) {
  const bool lets_peer_begin =
      sealing_ && first_hello_ && link_.state == LinkState::down && !roles(link_.config).server;
  if (!lets_peer_begin || until <= put_off_) return false;
  put_off_ = until;
  std::size_t bytes = kFirstBytes;
  if (until == PutOff::hello_heard) bytes += kSealedHelloOnWire;
  if (until == PutOff::keys_used) bytes = kProofBytes;
  hello_due_ = std::max(hello_due_, now + kListening + link_.pacer.time_for(bytes));
  return true;
}

/// The end that opens streams comes first: when its handshake is done it may open them, and the other end
/// waits for that.
bool Tunnel::begins_before(const wire::Hello& peer) const {
  const bool accepts = roles(link_.config).server;
  return accepts != peer.roles.server ? accepts : session_.value < peer.session.value;
}

/// Both ends may have begun at the same time. Then one continues, and the other answers: if each took the
/// keys that the other began with, there would be no link. But a message 1 that was sent some time ago was
/// not received, or the peer would not begin.
bool Tunnel::is_being_answered(const wire::Hello& hello, Time now) {
  if (!begins_before(hello)) return false;
  if (link_.state == LinkState::up) return hello.session == link_.peer.session && !sealing_->proven();
  if (!sealing_->has_begun()) return false;
  const Time answered_by = hello_said_ + link_.pacer.time_for(2 * kSealedHelloOnWire) + kCrossing;
  if (now >= answered_by) return false;
  hello_due_ = std::min(hello_due_, answered_by);
  return true;
}

void Tunnel::on_answer(const wire::Hello& hello, Time now) {
  if (hello.peer != session_) return;
  std::optional<secure::LinkKeys> keys = sealing_->complete(hello, now);
  if (!keys || !roles_fit(hello)) return;
  // If the other end has begun as well, and we have answered, it may use those keys; it then takes ours.
  if (begins_before(hello)) sealing_->forget_offers_of(hello.session);
  use_keys(std::move(*keys), hello, Sealing::Proof::awaited, now);
}

void Tunnel::use_keys(secure::LinkKeys keys, const wire::Hello& hello, Sealing::Proof proof, Time now) {
  const bool goes_on = link_.state == LinkState::up && hello.session == link_.peer.session;
  if (!goes_on) {
    if (link_.state == LinkState::up) go_down(LinkDownReason::peer_restarted, now);
    adopt_peer(hello, now);
    go_up(proof == Sealing::Proof::given ? link::Turns::Holder::peer : link::Turns::Holder::us, now);
  }
  ping_.want();
  sealing_->use(std::move(keys), proof, link_.sender->next_number(), now);
  sealing_->forget_begun();
  if (proof == Sealing::Proof::given) return keys_proven();
  hello_due_ = now + std::max(kProofPatience, link_.pacer.time_for(kProofBytes));
}

void Tunnel::keys_proven() {
  sealing_->set_proven();
  sealing_->forget_begun();
  sealing_->forget_offers();
  hello_due_ = kNever;
}

std::optional<HeardFrame> Tunnel::open_sealed(const wire::Decoder::Found& found,
                                              const wire::FrameHeader& header, ByteView rest, Time now) {
  const std::size_t size = rest.size() - secure::kTagSize;
  secure::Sealed sealed{0, found.body.first(found.body.size() - rest.size()), rest.first(size),
                        static_cast<Byte>(found.end), secure::TagView(rest.last(secure::kTagSize))};
  unsealed_.resize(limits::kMaxFrame);
  const std::uint64_t largest = link_.receiver ? link_.receiver->largest() : 0;
  if (sealing_->has_keys()) {
    sealed.number = wire::full_number(header, largest);
    if (sealing_->open(sealed, unsealed_.data(), now)) {
      if (!sealing_->proven()) keys_proven();
      return HeardFrame{sealed.number, header, ByteView(unsealed_).first(size)};
    }
  }
  for (Sealing::Offer& offer : sealing_->offers(now)) {
    const bool goes_on = link_.state == LinkState::up && offer.hello.session == link_.peer.session;
    sealed.number = wire::full_number(header, goes_on ? largest : 0);
    if (!sealing_->may_try_offer(now)) break;
    if (!offer.keys.open_with_present(sealed, unsealed_.data())) continue;
    // The sender of this frame has received our message 2, so it is not a recording.
    const wire::Hello hello = offer.hello;
    use_keys(std::move(offer.keys), hello, Sealing::Proof::given, now);
    return HeardFrame{sealed.number, header, ByteView(unsealed_).first(size)};
  }
  return std::nullopt;
}

Bytes Tunnel::first_message_on_wire() {
  return sealed_hello_on_wire(&Sealing::first_message);
}

Bytes Tunnel::sealed_hello_on_wire(ByteView (Sealing::*message)(ByteView)) {
  wire::Hello hello = make_hello();
  hello.up = false;
  hello.peer = SessionId{};
  HelloBuffer raw;
  base::Writer writer(raw);
  writer.bytes((*sealing_.*message)(begin_sealed_hello(hello, writer)));
  return finish_hello(writer);
}

ByteView Tunnel::begin_sealed_hello(const wire::Hello& hello, base::Writer& writer) {
  wire::write_hello(hello, writer);
  wire::write_field_head(wire::HelloField::handshake, secure::kMessageSize, writer);
  return writer.written().subspan(1);
}

/// When message 1 is sent next, after it was sent although the link is up.
Time Tunnel::next_sealed_hello(Time now) {
  if (!sealing_->proven()) return now + std::max(kProofPatience, link_.pacer.time_for(kProofBytes));
  // It only showed that there is a key here. The same message is enough the next time; each new one would be
  // another one that can be recorded.
  return kNever;
}

void Tunnel::compose_farewell(Time now) {
  std::array<Byte, wire::kMaxChunkHead> buffer;
  base::Writer raw(buffer);
  begin_frame(Cargo::none, now);
  wire::write_chunk(wire::chunk::Leave{}, raw);
  emit(raw.written());
  end_frame(now);
}

void Tunnel::tell_of_keys(LineTrouble trouble, Time now) {
  // The other end should be able to report this, too. While there is no link, it receives our hellos anyway.
  if (sealing_ && link_.state == LinkState::up && now - trouble_hello_ >= kTroubleHelloInterval &&
      may_answer_stranger(kSealedHelloOnWire, now)) {
    trouble_hello_ = now;
    hello_due_ = std::min(hello_due_, now);
  }
  Time& told = keys_told_[trouble];
  if (told != Time{} && now - told < limits::kKeyTroubleInterval) return;
  told = now;
  told_trouble_ = trouble;
  link_.events.push_of_line(event::LineTroubled{.trouble = trouble});
}

}  // namespace serialtcp::tunnel
