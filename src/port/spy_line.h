// SpyLine: another line, whose bytes are written down as well, as by spy:// of pyserial 3.5.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "os/observer.h"
#include "port/line_kind.h"
#include "port/record_output.h"
#include "port/wrapped_line.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

/// spy://LINE[?file=FILE&raw&all&color]
struct SpyOptions {
  std::string line;
  std::string file;  ///< empty: standard error
  bool raw = false;  ///< the bytes themselves, of both directions
  bool all = false;  ///< also that the line is opened and closed
  bool color = false;
};

std::expected<SpyOptions, std::string> parse_spy(std::string_view text);

/// Lines of a hex dump: "000002.469 TX   0000  68 65 6C 6C 6F    hello", 16 bytes each.
std::string hex_dump(Duration since, std::string_view label, ByteView bytes);

class SpyLine final : public WrappedLine {
 public:
  SpyLine(std::string name, std::unique_ptr<Line> inner, SpyOptions options, Observer& observer);

  void open(Opened opened) override;
  void close() override;
  LineResult read(MutableByteView into) override;
  LineResult write(ByteView bytes) override;

 private:
  enum class Way : std::uint8_t { sent, received };
  void dump(Way way, ByteView bytes);
  void tell(std::string_view what);
  void put(std::string_view color, std::string text);

  SpyOptions options_;
  Observer& observer_;
  RecordOutput output_;
  Time start_;
  bool open_ = false;
};

/// spy://LINE
extern const LineKind kSpyLineKind;

}  // namespace serialtcp::io
