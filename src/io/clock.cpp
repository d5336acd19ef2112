// The only now() of the program.
#include "io/clock.h"

namespace serialtcp::io {

Time now() {
  return Time(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace serialtcp::io
