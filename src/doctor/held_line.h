// HeldLine: an open line, for whoever has its turn with it. Reads it, and writes what it is given as soon as the line takes it. A
// line that goes away is not opened again.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "os/alarm.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "port/line.h"
#include "serialtcp/bytes.h"

namespace serialtcp::doctor {

class HeldLine {
 public:
  /// Bytes that are read at once.
  static constexpr std::size_t kReadChunk = 16 * 1024;
  /// Chunks that are read before timers and signals have their turn.
  static constexpr int kChunksPerTurn = 4;
  /// A line that takes nothing is tried again at this interval, as some drivers do not say that they take bytes again.
  static constexpr Duration kRetry = std::chrono::milliseconds(100);

  using OnBytes = std::function<void(ByteView bytes)>;
  using OnRoom = std::function<void()>;

  /// Both outlive it. The line is open.
  HeldLine(io::asio::io_context& context, io::Line& line);

  /// Calls `bytes` with what arrives, and `room` when everything was written, until let_go(). They may call every function of
  /// this class.
  void take(OnBytes bytes, OnRoom room);
  /// What is not written yet is dropped.
  void let_go();

  /// May be called as often as is_free(), and then is.
  void write(ByteView bytes);
  /// Everything that was written before has been handed to the line.
  bool is_free() const { return written_ == output_.size(); }

  /// Why the line is not there any more.
  const std::optional<std::string>& gone() const { return gone_; }
  io::Line& line() { return line_; }

 private:
  void wait_readable();
  void read_some();
  void write_some();
  void lost(const io::LineResult& result);

  io::Line& line_;
  OnBytes bytes_;
  OnRoom room_;
  Bytes input_ = Bytes(kReadChunk);
  Bytes output_;
  std::size_t written_ = 0;
  bool read_wait_ = false;
  bool write_wait_ = false;
  io::Alarm retry_;
  std::optional<std::string> gone_;
  io::Lifetime lifetime_;
};

}  // namespace serialtcp::doctor
