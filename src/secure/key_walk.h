// KeyWalk: the public halves of a secret key and of those that follow it in steps of 8, each at a small part of
// the work that it takes to make one from its key. So a key can be found whose public half has a property that
// one in thousands has. All that is calculated here is public; only the first key is secret.
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

  /// Begins at this key, with the bits set that X25519 sets. It must not go on beyond 2^255: no key that was
  /// drawn is so near to that.
  explicit KeyWalk(KeyView first);

  /// The public half of the first key, then of the one after it, and so on. Valid until the next call.
  const Half& next();
  /// The secret key of the half that next() gave last.
  Secret key() const;

 private:
  /// A point's coordinate as a fraction.
  struct Fraction {
    Field numerator;
    Field denominator;
  };

  void walk();

  Secret first_;
  Fraction before_;
  Fraction last_;
  std::vector<Half> halves_;  ///< of a batch, which is what one division is for
  std::size_t at_ = 0;        ///< in the batch: the one that comes next
  std::size_t taken_ = 0;     ///< by next(), in all
};

}  // namespace serialtcp::secure
