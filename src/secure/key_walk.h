// KeyWalk: the public halves of a secret key and of the keys that follow it in steps of 8, each at a fraction
// of the cost of computing it from its key. With this, a key can be found whose public half has a rare
// property (one in thousands). Everything computed here is public; only the first key is secret.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "secure/field.h"
#include "secure/handshake.h"
#include "secure/secret.h"

namespace serialtcp::secure {

class KeyWalk {
 public:
  using Half = std::array<Byte, kPublicSize>;

  /// Begins at this key, with the bits set that X25519 sets. The walk must not reach 2^255; no random key is
  /// that close.
  explicit KeyWalk(KeyView first);

  /// The public half of the first key, then of the next one, and so on. Valid until the next call.
  const Half& next();
  /// The secret key of the half that next() returned last.
  Secret key() const;

 private:
  /// The coordinate of a point, as a fraction.
  struct Fraction {
    Field numerator;
    Field denominator;
  };

  void walk();

  Secret first_;
  Fraction before_;
  Fraction last_;
  std::vector<Half> halves_;  ///< of a batch, for which one division is needed
  std::size_t at_ = 0;        ///< index of the next one in the batch
  std::size_t taken_ = 0;     ///< number of calls of next()
};

}  // namespace serialtcp::secure
