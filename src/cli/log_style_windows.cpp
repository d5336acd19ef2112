// There is no journal.
#include "cli/log_style.h"

namespace serialtcp::cli {

bool journal_reads_standard_error() {
  return false;
}

}  // namespace serialtcp::cli
