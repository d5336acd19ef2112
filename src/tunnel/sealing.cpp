#include "tunnel/sealing.h"

#include <algorithm>
#include <utility>

#include "secure/key_walk.h"
#include "wire/terminal.h"

namespace serialtcp::tunnel {

namespace {

using secure::Handshake;

// A peer that receives message 2 uses its keys at once. If they were not used for this time, message 1 was a
// recording.
constexpr Duration kOfferLife = std::chrono::seconds(10);
// One public key in 570 has no byte that a terminal or a shell acts on. This many keys are tried from a
// random one, then another random one is drawn (once in 1300 times): at most some 3 ms on a PC.
constexpr int kKeysTried = 4096;

}  // namespace

Sealing::Sealing(const Key& key, const Entropy& entropy)
    : key_(key), ephemerals_(entropy), judge_(Handshake::Side::responder, key, {}) {}

ByteView Sealing::first_message(ByteView covered) {
  if (!begun_ || !std::ranges::equal(begun_->covered, covered)) begin(covered, ephemerals_.next());
  return begun_->message;
}

void Sealing::begin(ByteView covered, secure::KeyView ephemeral) {
  Handshake handshake(Handshake::Side::initiator, key_, covered);
  Bytes message = *handshake.write(ephemeral);
  begun_.emplace(Begun{std::move(handshake), Bytes(covered.begin(), covered.end()), std::move(message)});
}

void Sealing::draw_first_key() {
  for (;;) {
    secure::KeyWalk walk(ephemerals_.next());
    for (int tries = 0; tries < kKeysTried; ++tries) {
      const secure::KeyWalk::Half half = walk.next();
      if (!wire::is_harmless(half)) continue;
      const secure::Secret key = walk.key();
      begin({}, key.key(0));
      // The walk is only a search: what is sent is computed from the key in the usual way.
      CHECK(std::ranges::equal(ByteView(begun_->message).first(secure::kPublicSize), half));
      return;
    }
  }
}

ByteView Sealing::try_first_message(ByteView covered) {
  begun_->message = begun_->handshake.rewrite(covered);
  begun_->covered.assign(covered.begin(), covered.end());
  return begun_->message;
}

std::optional<secure::LinkKeys> Sealing::complete(const wire::Hello& answer, Time now) {
  if (!begun_ || answer.handshake->size() != secure::kMessageSize) return std::nullopt;
  if (!work_.second_messages.try_take(now)) return std::nullopt;
  Handshake handshake(begun_->handshake);
  handshake.mix_hash(answer.covered);
  if (!handshake.read(*answer.handshake)) return std::nullopt;
  return handshake.keys();
}

const Sealing::Offer* Sealing::offer_for(ByteView message) const {
  const auto it = std::ranges::find_if(
      offers_, [&](const Offer& offer) { return std::ranges::equal(offer.message, message); });
  return it == offers_.end() ? nullptr : &*it;
}

Sealing::Judgement Sealing::judge(const wire::Hello& hello, Time now) {
  if (hello.handshake->size() != secure::kMessageSize) return Judgement::wrong_key;
  if (!work_.first_messages.try_take(now)) return Judgement::not_looked_at;
  judge_.restart(hello.covered);
  return judge_.read(*hello.handshake) ? Judgement::correct : Judgement::wrong_key;
}

std::optional<Bytes> Sealing::answer(const wire::Hello& hello, ByteView covered, Time now) {
  Handshake handshake(judge_);
  handshake.mix_hash(covered);
  std::optional<Bytes> message = handshake.write(ephemerals_.next());
  if (!message) return std::nullopt;
  if (offers_.size() == limits::kOffersOpen) offers_.pop_front();
  offers_.push_back(
      {hello, Bytes(hello.handshake->begin(), hello.handshake->end()), {}, handshake.keys(), now});
  offers_.back().hello.handshake.reset();
  offers_.back().hello.covered = {};
  return message;
}

std::deque<Sealing::Offer>& Sealing::offers(Time now) {
  std::erase_if(offers_, [&](const Offer& offer) { return now - offer.made > kOfferLife; });
  return offers_;
}

void Sealing::forget_offers_of(SessionId peer) {
  std::erase_if(offers_, [&](const Offer& offer) { return offer.hello.session == peer; });
}

void Sealing::use(secure::LinkKeys keys, Proof proof, std::uint64_t next_number, Time now) {
  keys_.emplace(std::move(keys));
  proof_ = proof;
  first_number_ = next_number;
  renewed_ = now;
}

bool Sealing::open(const secure::Sealed& sealed, Byte* out, Time now) {
  if (keys_->open_with_present(sealed, out)) return true;
  return work_.next_key_tries.try_take(now) && keys_->open(sealed, out);
}

secure::Sealer Sealing::seal(std::uint64_t number, std::uint64_t acked, ByteView header, Time now) {
  const bool due = number - first_number_ >= limits::kRekeyFrames || now - renewed_ >= limits::kRekeyInterval;
  // The peer tries only one further key, so it must have received a frame with this one.
  if (due && acked >= first_number_) {
    keys_->renew();
    ++renewals_;
    first_number_ = number;
    renewed_ = now;
  }
  return keys_->seal(number, header);
}

}  // namespace serialtcp::tunnel
