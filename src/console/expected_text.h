// ExpectedText: looks for what fits a regular expression in a stream of bytes. Its memory is bounded: it looks at the end
// of what has arrived. Does no I/O.
#pragma once

#include <cstddef>
#include <string>

#include "os/expression.h"
#include "serialtcp/bytes.h"

namespace serialtcp::console {

class ExpectedText {
 public:
  /// What is looked at: a text that fits may be half as long as this.
  static constexpr std::size_t kWindow = 8 * 1024;

  explicit ExpectedText(const std::string& pattern)
      : expression_(pattern, io::Expression::Case::counts, io::Expression::Ends::of_lines) {}

  /// Whether it has come. NUL and CR are left out, so that $ fits before CR LF.
  bool look(ByteView bytes);

 private:
  io::Expression expression_;
  std::string window_;
};

}  // namespace serialtcp::console
