// GettyLine: a port that is a console for people until a serialtcp speaks at its other end, and the line of a link then. It
// is open only as that. The console's program is the same all the time.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "driver/stream_service.h"
#include "getty/board_console.h"
#include "getty/wish.h"
#include "os/alarm.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "port/wrapped_line.h"
#include "wire/console_port.h"

namespace serialtcp::getty {

class GettyLine final : public io::WrappedLine {
 public:
  /// How often the carrier is looked at, where it counts.
  static constexpr Duration kCarrierEvery = std::chrono::milliseconds(100);
  static constexpr std::size_t kReadAtOnce = 4096;
  /// An end of frame that comes within 2 s of a hello may be an echo to the other end: so it is sent again.
  static constexpr Duration kAnnounceAgain = std::chrono::milliseconds(2500);

  struct Config {
    Wish::Text text = Wish::Text::without_link;
    Wish::Carrier carrier = Wish::Carrier::ignored;
    std::uint64_t rate = 0;  ///< of the line, in bytes per second
  };

  GettyLine(io::asio::io_context& context, std::unique_ptr<io::Line> line, const Config& config,
            std::shared_ptr<BoardConsole> console);
  ~GettyLine() override;

  /// Fails for the first time, since it is a console then; later it waits for a peer.
  void open(Opened opened) override;
  void close() override;
  io::LineResult read(MutableByteView into) override;
  void when_readable(Ready ready) override;
  void when_writable(Ready ready) override;
  io::Reopening reopening() const override;

  void link_is_up();
  void link_is_down();

 private:
  void opened_inner(std::expected<void, io::OpenError> result);
  void begin_text();
  void announce();
  void begin_link();
  void look_at_use();
  void wait_readable();
  void readable();
  void read_text();
  io::LineResult lent_back() const;
  void write_text();
  void arm();
  void watch_carrier();
  bool has_carrier();

  io::asio::io_context& context_;
  const Config config_;
  std::shared_ptr<BoardConsole> console_;
  wire::ConsolePort port_;
  bool open_ = false;   ///< the inner line
  bool lent_ = false;   ///< it is the link's
  bool waits_ = false;  ///< from the second open() on
  Opened opened_;       ///< while a peer is waited for
  Ready ready_;         ///< of the link
  bool read_waits_ = false;
  bool write_waits_ = false;
  std::uint64_t lent_times_ = 0;
  Bytes first_;  ///< for the link
  bool carrier_ = false;
  io::Alarm alarm_;
  io::Alarm carrier_alarm_;
  io::Alarm announce_alarm_;
  io::Lifetime lifetime_;
};

/// Tells the line of the link. The line outlives it.
class GettyLinkWatch final : public io::StreamService {
 public:
  explicit GettyLinkWatch(GettyLine& line) : line_(line) {}
  void link_up() override { line_.link_is_up(); }
  void link_down() override { line_.link_is_down(); }

 private:
  GettyLine& line_;
};

}  // namespace serialtcp::getty
