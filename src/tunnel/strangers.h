// Strangers: what somebody who is not the peer of this link may cost: time on the line for answers, and work
// of the processor. Anybody who can write to the line can say a hello, and a recording of an honest one
// cannot be told from a new one. docs/protocol.md, "Strangers".
//
// It knows how much may be spent and which messages were answered before, not what is said.
#pragma once

#include <array>
#include <cstdint>

#include "base/prng.h"
#include "base/token_bucket.h"
#include "serialtcp/bytes.h"
#include "serialtcp/config.h"
#include "serialtcp/time.h"

namespace serialtcp::tunnel {

/// Limits the answers to strangers to a share of the line.
class AnswerShare {
 public:
  enum class Peer : std::uint8_t {
    heard,      ///< it was heard a moment ago: the line is its own
    not_heard,  ///< there is none, or it may be gone
  };

  /// Whether an answer may be said that takes so long on the line. It counts as said.
  bool take(Duration line_time, Peer peer, Time now);

 private:
  Time beside_peer_{};  ///< when the next one may be said while the peer is heard
  Time without_peer_{};
};

/// Who is answered when more ask than can be: not always the first one to ask after the last answer. That
/// would be whoever asks most often.
class Lottery {
 public:
  bool wins(base::Prng& random, Time now);
  /// There was no answer to be had.
  void refused(Time now);
  void answered();

 private:
  std::uint64_t refused_ = 0;  ///< since the last answer
  std::uint64_t before_ = 0;   ///< between that and the one before it
  Time refused_at_{};
};

/// Which first messages were answered, and how often. A message is known by its first bytes: these are a
/// public key, and only whoever has the shared key can make a message that is answered.
class AnsweredMessages {
 public:
  /// Whether it is another one, or was answered long enough ago. Something that is played back is answered
  /// ever less often.
  bool may_answer(ByteView message, Time now) const;
  bool answered_before(ByteView message) const { return find(message) != nullptr; }
  void answered(ByteView message, Time now);

 private:
  static constexpr std::size_t kWays = 4;
  static constexpr std::size_t kSets = limits::kAnsweredMessages / kWays;

  struct Entry {
    std::uint64_t id = 0;  ///< 0: none
    Time at{};
    Duration wait{};  ///< until it may be answered again
  };

  static std::uint64_t id_of(ByteView message);
  const Entry* find(ByteView message) const;

  std::array<Entry, kSets * kWays> entries_{};
};

/// Limits the work that bytes from the line can cause, each kind by itself.
struct WorkLimits {
  base::TokenBucket first_messages{limits::kHandshakeBurst, limits::kFirstMessagesPerSecond};
  base::TokenBucket answers{limits::kOffersOpen / 2, limits::kAnswersPerSecond};
  base::TokenBucket second_messages{limits::kHandshakeBurst, limits::kSecondMessagesPerSecond};
  base::TokenBucket offer_tries{limits::kKeyTriesBurst, limits::kKeyTriesPerSecond};
  base::TokenBucket next_key_tries{limits::kKeyTriesBurst, limits::kKeyTriesPerSecond};
};

}  // namespace serialtcp::tunnel
