#include "port/record_output.h"

#include <fmt/format.h>

#include <cerrno>
#include <utility>

#include "os/error_text.h"
#include "os/text.h"
#include "port/record_file.h"

namespace serialtcp::io {

void RecordOutput::open() {
  if (is_open() || over_) return;
  size_ = 0;
  const bool kept = rules_.before == Rules::Before::kept && !std::exchange(renewed_, false);
  const auto file = path_.empty()
                        ? open_standard_error()
                        : open_record(path_, kept ? RecordContents::kept : RecordContents::replaced);
  if (!file) return fail(file.error());
  file_ = file->number;
  regular_ = file->regular;
  if (!path_.empty()) size_ = file->size;
}

void RecordOutput::open_again() {
  close();
  over_ = false;
  open();
}

void RecordOutput::close() {
  if (is_open()) close_record(file_);
  file_ = -1;
}

void RecordOutput::fail(int error) {
  close();
  problem_ = fmt::format("nothing is written to {}: {}", path_.empty() ? "standard error" : path_,
                         plain_text(error));
}

/// By write().
void RecordOutput::refused(int error) {
  if (!may_have_room_again(error)) return fail(error);
  if (std::exchange(full_told_, true)) return;
  problem_ = fmt::format("nothing is written to {} until there is room: {}",
                         path_.empty() ? "standard error" : path_, plain_text(error));
}

/// Returns an errno.
int RecordOutput::rename_all() const {
  if (rules_.old_files == 0) return 0;
  for (std::size_t number = rules_.old_files; number > 1; --number) {
    const int error =
        rename_record(fmt::format("{}.{}", path_, number - 1), fmt::format("{}.{}", path_, number));
    if (error != 0 && error != ENOENT) return error;
  }
  return rename_record(path_, path_ + ".1");
}

/// False if nothing may be written any more.
bool RecordOutput::make_room(std::size_t size) {
  if (size_ == 0 || size_ + size <= rules_.most) return true;
  if (path_.empty()) {
    over_ = true;
    close();
    problem_ = fmt::format(
        "the dump on standard error ends after {}: with file=FILE it goes on, in two files of that size",
        format_size(size_));
    return false;
  }
  if (!regular_) return true;  // a terminal or a pipe does not become larger
  if (const int error = rename_all()) {
    over_ = true;
    fail(error);
    return false;
  }
  renewed_ = true;
  close();
  open();
  return is_open();
}

void RecordOutput::write(std::string_view text) {
  if (!is_open() || text.empty() || !make_room(text.size())) return;
  const std::string note = dropped_ > 0 ? fmt::format(fmt::runtime(rules_.mark), dropped_) : "";
  const std::string with_note = note + std::string(dropped_ > 0 ? text : "");
  const std::string_view all = note.empty() ? text : with_note;
  const auto written = write_record(file_, all);
  if (!written) refused(written.error());
  const std::size_t done = written.value_or(0);
  if (done == 0) {
    dropped_ += text.size();
    return;
  }
  full_told_ = false;
  size_ += done;
  dropped_ = all.size() - done;
}

std::optional<std::string> RecordOutput::take_problem() {
  return std::exchange(problem_, std::nullopt);
}

}  // namespace serialtcp::io
