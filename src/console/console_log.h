// ConsoleLog: the file with what a console shows, with times if wanted. It is replaced before it is large, as that of a
// shared port is (port/record_output).
#pragma once

#include <optional>
#include <string>

#include "os/line_stamps.h"
#include "port/record_output.h"
#include "serialtcp/bytes.h"

namespace serialtcp::console {

class ConsoleLog {
 public:
  ConsoleLog(std::string path, io::RecordOutput::Rules rules)
      : path_(std::move(path)), rules_(std::move(rules)) {}

  const std::string& path() const { return path_; }
  /// While it is not open.
  void set_path(std::string path) { path_ = std::move(path); }
  bool is_open() const { return output_ && output_->is_open(); }
  /// Appends to it from now on. The error is a sentence.
  std::optional<std::string> open();
  void close() { output_.reset(); }

  enum class Stamps : bool { no, yes };
  /// Nothing happens if it is not open.
  void write(ByteView bytes, Stamps stamps);
  /// What is wrong, a sentence, once.
  std::optional<std::string> take_problem();

 private:
  std::string path_;
  io::RecordOutput::Rules rules_;
  std::optional<io::RecordOutput> output_;
  io::LineStamps lines_;
  Bytes scratch_;
};

}  // namespace serialtcp::console
