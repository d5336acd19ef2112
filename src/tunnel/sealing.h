// Sealing: the handshakes and keys of an end with a key. docs/protocol.md, "Sealed links".
//
//   begun    message 1 is repeated until message 2 arrives. Then its keys are used at once: only somebody with the
//            shared key can have answered, and only now.
//   offered  message 2 was sent in answer to a message 1, which may be a recording. Its keys are used when a frame
//            arrives that they open.
//
// When messages are sent, and what a change of keys means for the link, is decided elsewhere (sealed.cpp).
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

  /// Message 1 after these bytes of a hello: the same message as long as the bytes are the same.
  ByteView first_message(ByteView covered);
  /// Draws its ephemeral key such that the public half is harmless on a terminal.
  void draw_first_key();
  /// The message with the key that was drawn, after these bytes. Several can be tried; only the last one counts, and
  /// the others must not be sent.
  ByteView try_first_message(ByteView covered);
  bool has_begun() const { return begun_.has_value(); }
  /// The keys, if this hello carries a correct message 2 and the limit of work permits checking it.
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
  /// The offer that was made in answer to exactly this message; null if none.
  const Offer* offer_for(ByteView message) const;
  enum class Judgement : std::uint8_t { correct, wrong_key, not_looked_at };
  /// Whether message 1 of this hello was made with our key.
  Judgement judge(const wire::Hello& hello, Time now);
  /// Whether a correct message 1 may be answered now: that costs much more work.
  bool may_answer(Time now) { return work_.answers.try_take(now); }
  /// Message 2, after these bytes of a hello, in answer to the message that was judged last; nothing if that message
  /// is malicious. The caller sets `answer` of the new offer.
  std::optional<Bytes> answer(const wire::Hello& hello, ByteView covered, Time now);
  /// Those that have not expired, newest last.
  std::deque<Offer>& offers(Time now);
  /// Whether the limit of work permits trying a frame with the keys of an offer.
  bool may_try_offer(Time now) { return work_.offer_tries.try_take(now); }
  void forget_offers() { offers_.clear(); }
  void forget_offers_of(SessionId peer);

  // ---- In use ----

  enum class Proof : std::uint8_t {
    awaited,  ///< we have begun, and have received nothing that was sealed with them
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
