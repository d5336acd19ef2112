// The only now() of the program.
#include "os/clock.h"

namespace serialtcp::io {

Time now() {
  return Time(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace serialtcp::io
