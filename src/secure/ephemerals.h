// Ephemerals: a stream of fresh secret keys from one seed. Each key wipes what it came from, so that nothing
// in memory tells earlier ones.
#pragma once

#include "secure/secret.h"

namespace serialtcp::secure {

class Ephemerals {
 public:
  /// 32 bytes of the system's randomness; the caller wipes its own copy.
  explicit Ephemerals(KeyView seed);

  /// Valid until the next call.
  KeyView next();

 private:
  Secret state_;  ///< what the next key comes from, and the last key
};

}  // namespace serialtcp::secure
