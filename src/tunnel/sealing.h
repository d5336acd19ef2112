// Sealing: the additional state of an end with a key: the handshake that it has begun, those that it has
// answered, and the keys in use. docs/protocol.md, "Sealed links".
//
//   begun    message 1 is repeated until message 2 arrives; then its keys are used at once: only an owner of
//            the key can have answered, and only now
//   offered  message 2 was sent to the sender of a message 1, which may be a recording: its keys are used when
//            a frame arrives that they open
//
// It does not know when anything is sent, nor what happens to a link when its keys change.
#pragma once

#include <deque>
#include <optional>

#include "secure/ephemerals.h"
#include "secure/handshake.h"
#include "secure/link_keys.h"
#include "serialtcp/endpoint.h"
#include "tunnel/strangers.h"
#include "wire/hello.h"

namespace serialtcp::tunnel {

class Sealing {
 public:
  Sealing(const Key& key, const Entropy& entropy);

  // ---- Begun ----

  /// Message 1 after these bytes of a hello: the same message while they are the same.
  ByteView first_message(ByteView covered);
  /// Draws its key such that the public half is harmless for a terminal.
  void draw_first_key();
  /// The message with the drawn key, after these bytes. Others can be tried; all but the last one are
  /// forgotten, and must not have been sent.
  ByteView try_first_message(ByteView covered);
  bool has_begun() const { return begun_.has_value(); }
  /// The keys, if this hello has message 2 for the begun handshake, and may be checked.
  std::optional<secure::LinkKeys> complete(const wire::Hello& answer, Time now);
  void forget_begun() { begun_.reset(); }

  // ---- Offered ----

  struct Offer {
    wire::Hello hello;  ///< of the peer, without its views
    Bytes message;      ///< message 1
    Bytes answer;       ///< as bytes for the line
    secure::LinkKeys keys;
    Time made;
  };

  AnsweredMessages& answered_messages() { return answered_; }
  const AnsweredMessages& answered_messages() const { return answered_; }
  /// The answer that was given to this same message before; null if there was none.
  const Offer* offer_for(ByteView message) const;
  enum class Judgement : std::uint8_t { correct, wrong_key, not_looked_at };
  /// Whether message 1 of this hello was made with our key.
  Judgement judge(const wire::Hello& hello, Time now);
  /// Whether a correct one may be answered now: an answer is much more work.
  bool may_answer(Time now) { return work_.answers.take(now); }
  /// Message 2 after these bytes of a hello, for the message that was judged last; empty if the peer cheats.
  /// The caller sets the offer's `answer`.
  std::optional<Bytes> answer(const wire::Hello& hello, ByteView covered, Time now);
  /// Those that are still valid, newest last.
  std::deque<Offer>& offers(Time now);
  /// Whether a frame may be tried with an offer's keys.
  bool may_try_offer(Time now) { return work_.offer_tries.take(now); }
  void forget_offers() { offers_.clear(); }
  void forget_offers_of(SessionId peer);

  // ---- In use ----

  enum class Proof : std::uint8_t {
    awaited,  ///< we have begun, and nothing sealed with them has arrived yet
    given,    ///< the peer has used them
  };
  /// The frame with `next_number` is the first one to be sealed with them.
  void use(secure::LinkKeys keys, Proof proof, std::uint64_t next_number, Time now);
  void forget_keys() { keys_.reset(); }
  bool has_keys() const { return keys_.has_value(); }
  bool proven() const { return proof_ == Proof::given; }
  void set_proven() { proof_ = Proof::given; }

  /// Seals a frame; `acked` is the highest number that the peer is known to have received.
  secure::Sealer seal(std::uint64_t number, std::uint64_t acked, ByteView header, Time now);
  bool open(const secure::Sealed& sealed, Byte* out, Time now);

  /// How often the key for sending was renewed, on all links.
  std::uint64_t renewals() const { return renewals_; }

 private:
  void begin(ByteView covered, secure::KeyView ephemeral);

  struct Begun {
    secure::Handshake handshake;
    Bytes covered;
    Bytes message;
  };

  Key key_;
  secure::Ephemerals ephemerals_;
  std::optional<Begun> begun_;
  std::deque<Offer> offers_;
  secure::Handshake judge_;  ///< restarted for each message 1
  AnsweredMessages answered_;
  WorkLimits work_;

  std::optional<secure::LinkKeys> keys_;
  Proof proof_ = Proof::awaited;
  std::uint64_t first_number_ = 0;  ///< the first frame number of the current key
  Time renewed_{};
  std::uint64_t renewals_ = 0;
};

}  // namespace serialtcp::tunnel
