// HwgrepLine: the serial port whose name or hardware fits a regular expression. It is looked for each time the line is
// opened, so it may come back under another name.
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "os/expression.h"
#include "port/line_kind.h"
#include "port/serial_ports.h"
#include "port/wrapped_line.h"

namespace serialtcp::io {

/// What stands behind hwgrep://, as in pyserial 3.5: REGEX[&n=N][&skip_busy].
struct HwgrepChoice {
  /// A longer expression is refused.
  static constexpr std::size_t kMaxPattern = Expression::kMaxPattern;

  std::string pattern;
  std::size_t number = 1;  ///< which of those that fit
  bool skip_busy = false;
};

std::expected<HwgrepChoice, std::string> parse_hwgrep(std::string_view text);

/// The path of the port. `in_use` is asked about ports that fit, if those are to be skipped.
std::expected<std::string, OpenError> choose_port(const HwgrepChoice& choice,
                                                  const std::vector<PortFound>& ports,
                                                  const std::function<bool(const std::string&)>& in_use);

class HwgrepLine final : public WrappedLine {
 public:
  HwgrepLine(const LineRequest& request, HwgrepChoice choice);

  void open(Opened opened) override;
  std::string opened_as() const override;

 private:
  asio::io_context& context_;
  HwgrepChoice choice_;
  const SerialSettings& settings_;
  Observer& observer_;
  LineUse use_;
  std::string path_;  ///< of the port that was chosen
};

/// hwgrep://REGEX
extern const LineKind kHwgrepLineKind;
/// alt://DEVICE, of which pyserial has several classes.
extern const LineKind kAltLineKind;

}  // namespace serialtcp::io
