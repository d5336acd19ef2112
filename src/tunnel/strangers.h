// Strangers: limits what somebody who is not the peer of this link can cause: time on the line for answers, and CPU
// time. Anybody who can write to the line can send a hello, and a recording of an honest one looks like a new one.
// docs/protocol.md, "Strangers".
//
// This file knows how much may be spent and which messages were answered, not what is sent.
#pragma once

#include <array>
#include <cstdint>

#include "base/bucket.h"
#include "base/prng.h"
#include "serialtcp/bytes.h"
#include "serialtcp/config.h"
#include "serialtcp/time.h"

namespace serialtcp::tunnel {

/// Limits the answers to strangers to a share of the line.
class AnswerShare {
 public:
  enum class Peer : std::uint8_t {
    heard,      ///< it was heard a moment ago: the line is its own
    not_heard,  ///< there is no peer, or it may be gone
  };

  /// Whether an answer that takes so long on the line may be sent. It counts as sent.
  bool take(Duration line_time, Peer peer, Time now);

 private:
  Time beside_peer_{};  ///< when the next one may be sent while the peer is heard
  Time without_peer_{};
};

/// Chooses who is answered when there are more requests than answers: not always the first one after the last
/// answer. That would be whoever asks most often.
class Lottery {
 public:
  bool wins(base::Prng& random, Time now);
  /// A request was not answered.
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
  /// Whether the message is new, or was answered long enough ago. A recording that is replayed is answered less
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

/// Limits the work that bytes from the line can cause, each kind separately.
struct WorkLimits {
  base::Bucket first_messages{limits::kHandshakeBurst, limits::kFirstMessagesPerSecond};
  base::Bucket answers{limits::kOffersOpen / 2, limits::kAnswersPerSecond};
  base::Bucket second_messages{limits::kHandshakeBurst, limits::kSecondMessagesPerSecond};
  base::Bucket offer_tries{limits::kKeyTriesBurst, limits::kKeyTriesPerSecond};
  base::Bucket next_key_tries{limits::kKeyTriesBurst, limits::kKeyTriesPerSecond};
};

}  // namespace serialtcp::tunnel
