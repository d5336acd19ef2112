// CompletionStream: the readiness of a Line over a stream of Asio's that only completes: a handle of Windows cannot be waited
// for, it has to be read and written ahead. So one read is always under way, up to kMaxArrived bytes that nobody has taken yet,
// and one write at a time. While it is under way, the next bytes are collected, so that a device gets them as soon as it
// has taken the former. Two writes at once could be taken in any order.
//
// `Stream` has async_read_some(), async_write_some() and close(), as asio::windows::stream_handle and
// asio::posix::stream_descriptor.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "os/asio.h"
#include "port/line.h"

namespace serialtcp::io {

template <typename Stream>
class CompletionStream {
 public:
  /// Of one read.
  static constexpr std::size_t kReadSize = 4096;
  /// Bytes that have arrived and were not taken: with more, no further read is begun, and the device holds what comes.
  static constexpr std::size_t kMaxArrived = 16384;
  /// Of one write, and of what is collected meanwhile: little, since what is sent is decided at the last moment.
  static constexpr std::size_t kWriteSize = 1024;

  struct Ways {
    /// Completes "lost X: ...". Of the end of the stream, the text is CompletionStream's.
    std::function<std::string(ErrorCode error)> loss_text;
    /// How many bytes the next read shall wait for, 1 to kReadSize, where a read waits until it has them all, as that of a serial
    /// port of Windows does while bytes go on arriving. Empty: it returns with what there is.
    std::function<std::size_t()> read_size = {};
  };

  explicit CompletionStream(asio::io_context& context) : context_(context) {}
  ~CompletionStream() { close(); }
  CompletionStream(const CompletionStream&) = delete;
  CompletionStream& operator=(const CompletionStream&) = delete;

  /// Whether it is read: one that is only written would say that it has no other end.
  enum class Reading : std::uint8_t { ahead, never };

  /// Takes over an open stream. There must be none so far.
  void adopt(Stream stream, Ways ways, Reading reading = Reading::ahead) {
    work_ = std::make_shared<Work>(std::move(stream), std::move(ways));
    if (reading == Reading::ahead) begin_read(work_);
  }

  /// Ends what is under way. Handlers from before are not called any more.
  void close() {
    if (!work_) return;
    work_->abandoned = true;
    work_->ways = {};
    work_->readable = nullptr;
    work_->writable = nullptr;
    ErrorCode ignored;
    work_->stream.close(ignored);
    work_.reset();
  }

  bool is_open() const { return work_ != nullptr; }
  /// Of an open one.
  Stream& stream() const { return work_->stream; }

  LineResult read(MutableByteView into) {
    Work& work = *work_;
    if (work.arrived.empty()) return work.failure();
    const std::size_t count = std::min(into.size(), work.arrived.size());
    const auto end = work.arrived.begin() + static_cast<std::ptrdiff_t>(count);
    std::copy(work.arrived.begin(), end, into.begin());
    work.arrived.erase(work.arrived.begin(), end);
    if (!work.reading) begin_read(work_);
    return {LineStatus::ok, count};
  }

  LineResult write(ByteView bytes) {
    Work& work = *work_;
    if (work.lost) return work.failure();
    const std::size_t count = std::min(bytes.size(), kWriteSize - work.collected.size());
    if (count == 0) return {LineStatus::would_block};
    work.collected.insert(work.collected.end(), bytes.begin(),
                          bytes.begin() + static_cast<std::ptrdiff_t>(count));
    if (work.under_way.empty()) begin_write(work_);
    return {LineStatus::ok, count};
  }

  /// Drops what was written and the stream has not taken yet. `abort` is called if a write is under way: it is to end that, with
  /// operation_aborted.
  void drop_unsent(const std::function<void()>& abort) {
    if (!work_) return;
    work_->collected.clear();
    if (work_->under_way.empty()) return;
    work_->dropping = true;
    abort();
  }

  /// Bytes that were written and that the stream has not taken yet.
  std::size_t unsent() const { return work_ ? work_->under_way.size() + work_->collected.size() : 0; }

  void when_readable(Line::Ready ready) {
    work_->readable = std::move(ready);
    if (work_->is_readable()) call_later(&Work::readable, &Work::is_readable);
  }

  void when_writable(Line::Ready ready) {
    work_->writable = std::move(ready);
    if (work_->is_writable()) call_later(&Work::writable, &Work::is_writable);
  }

 private:
  /// Lives until the last handler was called, also after close(): the system may write into the buffers until then.
  struct Work {
    Work(Stream&& owned, Ways how) : stream(std::move(owned)), ways(std::move(how)) {}

    bool is_readable() const { return !arrived.empty() || lost; }
    bool is_writable() const { return collected.size() < kWriteSize || lost; }
    LineResult failure() const {
      return lost ? LineResult{LineStatus::gone, 0, reason} : LineResult{LineStatus::would_block};
    }
    void lose(ErrorCode error) {
      if (lost) return;
      lost = true;
      reason =
          error == asio::error::eof ? "it was unplugged or closed at the far end" : ways.loss_text(error);
    }

    Stream stream;
    Ways ways;
    Line::Ready readable;
    Line::Ready writable;
    std::array<Byte, kReadSize> incoming;  ///< of the read that is under way
    std::vector<Byte> arrived;
    std::vector<Byte> under_way;  ///< of the write; empty if there is none
    std::vector<Byte> collected;
    std::string reason;
    bool reading = false;
    bool dropping = false;  ///< what is under way
    bool lost = false;
    bool abandoned = false;
  };
  using WorkPointer = std::shared_ptr<Work>;

  /// The handler may close the stream, or wait again.
  static void call(Line::Ready& waiting) {
    if (Line::Ready ready = std::exchange(waiting, nullptr)) ready();
  }

  /// Unless somebody was called for it before, and has done it.
  void call_later(Line::Ready Work::*waiting, bool (Work::*is_due)() const) {
    asio::post(context_, [work = work_, waiting, is_due] {
      if (!work->abandoned && (work.get()->*is_due)()) call(work.get()->*waiting);
    });
  }

  static void begin_read(const WorkPointer& work) {
    if (work->lost) return;
    work->reading = true;
    const std::size_t size = work->ways.read_size ? work->ways.read_size() : kReadSize;
    work->stream.async_read_some(
        asio::buffer(work->incoming.data(), size), [work](ErrorCode error, std::size_t count) {
          work->reading = false;
          if (work->abandoned) return;
          if (error) work->lose(error);
          work->arrived.insert(work->arrived.end(), work->incoming.begin(),
                               work->incoming.begin() + static_cast<std::ptrdiff_t>(count));
          if (work->arrived.size() <= kMaxArrived - kReadSize) begin_read(work);
          if (work->is_readable()) call(work->readable);
        });
  }

  static void begin_write(const WorkPointer& work) {
    std::swap(work->under_way, work->collected);
    write_rest(work);
  }

  static void write_rest(const WorkPointer& work) {
    work->stream.async_write_some(asio::buffer(work->under_way), [work](ErrorCode error, std::size_t count) {
      if (work->abandoned) return;
      const bool dropped = std::exchange(work->dropping, false);
      if (error && !(dropped && error == asio::error::operation_aborted)) {
        work->lose(error);
        call(work->writable);
        if (!work->abandoned) call(work->readable);  // which is where it is found, too
        return;
      }
      const auto rest = work->under_way.begin() + static_cast<std::ptrdiff_t>(count);
      work->under_way.erase(work->under_way.begin(), dropped ? work->under_way.end() : rest);
      if (!work->under_way.empty()) return write_rest(work);
      if (!work->collected.empty()) begin_write(work);
      call(work->writable);
    });
  }

  asio::io_context& context_;
  WorkPointer work_;
};

}  // namespace serialtcp::io
