// LineSink: where lines for people go: a file, or standard error. It never waits for a reader.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace serialtcp::io {

class LineSink {
 public:
  /// Why a text was not written.
  struct Failure {
    std::string reason;  ///< "the output was not read"
    bool cut = false;    ///< a part of it was
  };

  LineSink() = default;
  virtual ~LineSink() = default;
  LineSink(const LineSink&) = delete;
  LineSink& operator=(const LineSink&) = delete;

  /// A whole line, at once.
  virtual std::expected<void, Failure> write(std::string_view line) = 0;
  /// Whether it is a terminal whose user wants colours: NO_COLOR is not set (no-color.org), and it is no dumb one.
  virtual bool wants_colours() const = 0;
};

/// Appends to a file, which is made if it is not there, for all to read. Or an errno.
std::expected<std::shared_ptr<LineSink>, int> file_sink(const std::string& path);

/// Others may use it at the same time, and none of them is changed by that.
std::shared_ptr<LineSink> standard_error_sink();

}  // namespace serialtcp::io
