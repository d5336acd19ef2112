// Ephemerals: a sequence of fresh secret keys from one seed. Each step wipes the state that it was computed
// from, so that memory does not reveal earlier keys.
#pragma once

#include "secure/secret.h"

namespace serialtcp::secure {

class Ephemerals {
 public:
  /// `seed`: 32 random bytes of the system; the caller wipes its own copy.
  explicit Ephemerals(KeyView seed);

  /// Valid until the next call.
  KeyView next();

 private:
  Secret state_;  ///< the state for the next key, and the last key
};

}  // namespace serialtcp::secure
