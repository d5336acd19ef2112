// BCryptGenRandom() of the system's own generator, which does not fail.
#include "os/entropy.h"

#include "os/windows.h"

#include <bcrypt.h>

#include "base/check.h"

namespace serialtcp::io {

Entropy fresh_entropy() {
  Entropy entropy{};
  CHECK(::BCryptGenRandom(nullptr, entropy.data(), static_cast<ULONG>(entropy.size()),
                          BCRYPT_USE_SYSTEM_PREFERRED_RNG) == 0);
  return entropy;
}

}  // namespace serialtcp::io
