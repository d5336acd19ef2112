// getrandom(), called until it has returned all bytes.
#include "os/entropy.h"

#include <sys/random.h>

#include <cerrno>

#include "base/check.h"

namespace serialtcp::io {

Entropy fresh_entropy() {
  Entropy entropy{};
  std::size_t have = 0;
  while (have < entropy.size()) {
    const ssize_t got = ::getrandom(entropy.data() + have, entropy.size() - have, 0);
    if (got > 0) have += static_cast<std::size_t>(got);
    CHECK(got > 0 || errno == EINTR);
  }
  return entropy;
}

}  // namespace serialtcp::io
