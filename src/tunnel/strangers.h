// Strangers: limits what a sender that is not the peer of this link may cost: time on the line for answers,
// and processor time. Anybody who can write to the line can send a hello, and a replayed hello cannot be
// distinguished from a new one. docs/protocol.md, "Strangers".
//
// It knows how much may be spent and which messages were answered before, not what is sent.
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
    heard,      ///< frames of it have arrived recently: the line belongs to it
    not_heard,  ///< there is none, or it may be gone
  };

  /// Whether an answer may be sent that takes this time on the line. It then counts as sent.
  bool take(Duration line_time, Peer peer, Time now);

 private:
  Time beside_peer_{};  ///< when the next one may be sent while the peer is heard
  Time without_peer_{};
};

/// Decides which message is answered when there are more than can be answered: not always the first one after
/// the last answer, which would be that of the most frequent sender.
class Lottery {
 public:
  bool wins(base::Prng& random, Time now);
  /// A message could not be answered.
  void refused(Time now);
  void answered();

 private:
  std::uint64_t refused_ = 0;  ///< since the last answer
  std::uint64_t before_ = 0;   ///< between the last answer and the one before
  Time refused_at_{};
};

/// Which first messages were answered, and how often. A message is identified by its first bytes, which are a
/// public key: only an owner of the shared key can make a message that is answered.
class AnsweredMessages {
 public:
  /// Whether it is a new one, or was answered long enough ago. A message that is replayed is answered less
  /// and less often.
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

/// Limits the work that bytes from the line can cause, for each kind separately.
struct WorkLimits {
  base::TokenBucket first_messages{limits::kHandshakeBurst, limits::kFirstMessagesPerSecond};
  base::TokenBucket answers{limits::kOffersOpen / 2, limits::kAnswersPerSecond};
  base::TokenBucket second_messages{limits::kHandshakeBurst, limits::kSecondMessagesPerSecond};
  base::TokenBucket offer_tries{limits::kKeyTriesBurst, limits::kKeyTriesPerSecond};
  base::TokenBucket next_key_tries{limits::kKeyTriesBurst, limits::kKeyTriesPerSecond};
};

}  // namespace serialtcp::tunnel
