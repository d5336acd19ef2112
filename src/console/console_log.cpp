#include "console/console_log.h"

#include <string_view>
#include <utility>

#include "os/local_time.h"

namespace serialtcp::console {

std::optional<std::string> ConsoleLog::open() {
  output_.emplace(path_, rules_);
  output_->open();
  lines_.restart();
  if (output_->is_open()) return std::nullopt;
  auto problem = output_->take_problem();
  output_.reset();
  return problem;
}

void ConsoleLog::write(ByteView bytes, Stamps stamps) {
  if (!output_) return;
  if (stamps == Stamps::yes) {
    scratch_.clear();
    lines_.append(bytes, io::local_time_text(), scratch_);
    bytes = scratch_;
  } else {
    lines_.pass(bytes);
  }
  output_->write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::optional<std::string> ConsoleLog::take_problem() {
  return output_ ? output_->take_problem() : std::nullopt;
}

}  // namespace serialtcp::console
