// Reading, writing and the many ways in which a connection ends.
#include "driver/socket_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "net/client_state.h"
#include "net/socket_failure.h"
#include "net/socket_queues.h"
#include "net/tcp_options.h"
#include "os/clock.h"
#include "os/text.h"
#include "serialtcp/endpoint.h"

namespace serialtcp::io {

namespace {

/// How often it is checked what the other side has acknowledged; no event reports it.
constexpr Duration kFirstFlushPoll = std::chrono::milliseconds(1);
constexpr Duration kLastFlushPoll = std::chrono::milliseconds(100);
constexpr Duration kSalvageInterval = std::chrono::seconds(1);

}  // namespace

SocketStream::SocketStream(StreamHost& host, asio::io_context& context, StreamId id, std::uint64_t number)
    : host_(host), socket_(context), id_(id), number_(number), since_(now()) {}

void SocketStream::attach(StreamSocket socket, const Shapers& shapers, Gone when_gone, Bytes first) {
  socket_ = std::move(socket);
  shapers_ = shapers;
  when_gone_ = when_gone;
  ErrorCode ignored;  // a socket that is already broken reports that when it is read
  socket_.non_blocking(true, ignored);
  set_user_options(socket_);
  window_.begin(socket_, host_.endpoint().rate() / std::max<std::size_t>(host_.endpoint().streams(), 1),
                now());
  // If this process dies, the peer must not mistake that for the end of the data.
  close_by(Close::reset);
  attached_ = true;
  if (first.empty()) {
    resume_input();
  } else {
    give(first);
  }
  move_output();
}

// ---- From the socket to the stream ----

void SocketStream::resume_input() {
  if (input_ != Input::paused || !attached_ || finished_ || stream_closed_ || !pending_input_.empty()) return;
  input_ = Input::waiting;
  socket_.async_wait(StreamSocket::wait_read, [self = shared_from_this()](ErrorCode error) {
    if (error == asio::error::operation_aborted || self->finished_) return;
    self->input_ = Input::paused;
    // Where waiting is a read of no bytes (Windows), it takes the error, and what is read then looks like an end.
    if (error) self->broken_ = true;
    if (self->window_.too_soon(now()) || self->window_.holds(unread_bytes(self->socket_)))
      return self->hold_input();
    self->socket_readable();
  });
}

void SocketStream::socket_readable() {
  if (!shapers_.input) {
    read_socket(host_.scratch().size());
    return;
  }
  input_ = Input::waiting;
  // A weak pointer: the stream holds the shaper, and they would keep each other alive for ever.
  shapers_.input->wait([weak = weak_from_this()](std::size_t room) -> std::size_t {
    const auto self = weak.lock();
    if (!self || self->finished_) return 0;
    self->input_ = Input::paused;
    return self->read_socket(room);
  });
}

/// There is something to read, but not yet.
void SocketStream::hold_input() {
  window_.before_hold(socket_);
  if (!hold_) hold_ = std::make_unique<asio::steady_timer>(socket_.get_executor());
  input_ = Input::waiting;
  hold_->expires_after(ReceiveWindow::kAcknowledged);
  hold_->async_wait([weak = weak_from_this()](ErrorCode cancelled) {
    const auto self = weak.lock();
    if (cancelled || !self || self->finished_) return;
    self->input_ = Input::paused;
    self->socket_readable();
  });
}

/// Returns how many bytes were read.
std::size_t SocketStream::read_socket(std::size_t most) {
  if (stream_closed_) return 0;
  // One byte may be read although there is no space: the Endpoint refuses it, and reports event::Writable
  // when there is space.
  const MutableByteView scratch = host_.scratch();
  most = std::min({most, scratch.size(), window_.before_read(socket_)});
  const std::size_t room = std::clamp<std::size_t>(host_.endpoint().write_room(id_), 1, most);
  ErrorCode error;
  const std::size_t count = socket_.read_some(asio::buffer(scratch.data(), room), error);
  if (error == asio::error::would_block || error == asio::error::interrupted) {
    resume_input();
  } else if ((error == asio::error::eof && !broken_) || (error && when_gone_ == Gone::is_end)) {
    input_ended();
  } else if (error) {
    socket_failed();
  } else {
    give(scratch.first(count));
    const bool full = host_.endpoint().write_room(id_) == 0;
    window_.read(socket_, count, full ? ReceiveWindow::Stream::is_full : ReceiveWindow::Stream::takes_more,
                 host_.endpoint().rate(), now());
  }
  return count;
}

void SocketStream::input_ended() {
  input_ = Input::ended;
  if (host_.peer_is_away() && !host_.endpoint().is_known_to_peer(id_)) drop_if_gone();
  if (finished_) return;
  if (!host_.endpoint().shut_write(id_, now())) return;
  host_.kick();
  watch_for_reset();
}

void SocketStream::give(MutableByteView bytes) {
  const Time time = now();
  const auto taken = host_.endpoint().write(id_, bytes, time);
  if (!taken) return;  // the stream has just been reset; its event is pending
  sent_ += *taken;
  sent_rate_.add(*taken, time);
  host_.kick();
  pending_input_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(*taken), bytes.end());
  if (pending_input_.empty()) {
    pending_input_.shrink_to_fit();
    resume_input();
  } else {
    watch_for_reset();
  }
}

void SocketStream::writable() {
  if (finished_ || stream_closed_) return;
  if (pending_input_.empty()) return resume_input();
  Bytes bytes = std::move(pending_input_);
  pending_input_.clear();
  give(bytes);
}

/// While the socket is not read, a reset of it would not be noticed.
void SocketStream::watch_for_reset() {
  if (watching_ || finished_ || broken_ || when_gone_ == Gone::is_end) return;
  watching_ = true;
  wait_for_failure(socket_, [self = shared_from_this()](ErrorCode error) {
    if (error || self->finished_) return;
    self->watching_ = false;
    // Without an error it was urgent data, or both directions have ended in order. Neither goes away by
    // waiting, so there is no second wait until the next pause.
    if (was_reset(self->socket_)) self->output_failed();
  });
}

// ---- From the stream to the socket ----

void SocketStream::move_output() {
  if (!attached_ || finished_ || output_ != Output::idle) return;
  if (!pending_output_.empty()) {
    Bytes bytes = std::move(pending_output_);
    pending_output_.clear();
    if (!write_to_socket(bytes)) return;
  }
  if (end_is_pending_) return output_ended();
  if (flush_) return flush_then_reset();
  if (!shapers_.output) {
    while (output_ == Output::idle && !finished_ && move_chunk(kOutputChunk) > 0) {
    }
    return;
  }
  output_ = Output::waiting;
  shapers_.output->wait([weak = weak_from_this()](std::size_t room) -> std::size_t {
    const auto self = weak.lock();
    if (!self || self->finished_) return 0;
    self->output_ = Output::idle;
    const std::size_t count = self->move_chunk(std::min(room, kOutputChunk));
    if (count > 0) self->move_output();
    return count;
  });
}

/// Returns how many bytes were read from the stream; 0 when there is nothing more for now.
std::size_t SocketStream::move_chunk(std::size_t most) {
  if (stream_closed_) return 0;
  const MutableByteView chunk = host_.scratch().first(most);
  const Time time = now();
  const auto read = host_.endpoint().read(id_, chunk, time);
  if (!read || (read->count == 0 && !read->end)) return 0;
  host_.kick();
  received_ += read->count;
  received_rate_.add(read->count, time);
  end_is_pending_ = read->end;
  if (read->count > 0 && !write_to_socket(chunk.first(read->count))) return read->count;
  if (end_is_pending_) output_ended();
  return read->count;
}

/// True if everything was written. Otherwise the rest is kept until the socket is writable, or the connection
/// is over.
bool SocketStream::write_to_socket(ByteView bytes) {
  while (!bytes.empty()) {
    ErrorCode error;
    const std::size_t count = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
    if (error == asio::error::interrupted) continue;
    if (error == asio::error::would_block) break;
    if (error && when_gone_ == Gone::is_end) return true;  // the program does not read any more
    if (error) {
      output_failed();
      return false;
    }
    bytes = bytes.subspan(count);
    if (!std::exchange(unacknowledged_, true)) host_.watch_peer(*this);
  }
  if (bytes.empty()) return true;
  pending_output_.assign(bytes.begin(), bytes.end());
  output_ = Output::blocked;
  socket_.async_wait(StreamSocket::wait_write, [self = shared_from_this()](ErrorCode error) {
    if (error == asio::error::operation_aborted || self->finished_) return;
    self->output_ = Output::idle;
    self->move_output();
  });
  return false;
}

void SocketStream::output_ended() {
  output_ = Output::ended;
  end_is_pending_ = false;
  ErrorCode ignored;  // a reset is noticed by reading
  socket_.shutdown(StreamSocket::shutdown_send, ignored);
  if (flush_) return flush_then_reset();
  if (stream_closed_) closed();
}

SocketStream::PeerState SocketStream::check_peer(Time now) {
  if (finished_) return PeerState::settled;
  switch (peer_.judge(acknowledged(socket_), now)) {
    case VanishedPeer::Verdict::waiting:
      return PeerState::watched;
    case VanishedPeer::Verdict::all_acknowledged:
      unacknowledged_ = false;
      return PeerState::settled;
    case VanishedPeer::Verdict::vanished:
      break;
  }
  socket_failed("reset: the local side has acknowledged nothing for 60 s");
  return PeerState::settled;
}

// ---- Ends ----

void SocketStream::closed() {
  stream_closed_ = true;
  if (output_ == Output::blocked || finished_) return;
  finish();
}

void SocketStream::reset(std::string_view how) {
  if (finished_ || flush_) return;
  stream_closed_ = true;
  pending_input_.clear();
  flush_ = std::make_unique<Watch>(host_.io_context());
  flush_->how = how;
  flush_->progress_at = now();
  flush_then_reset();
}

/// Nothing can be written to the socket. Bytes that arrived before may still be in it.
void SocketStream::output_failed() {
  broken_ = true;
  pending_output_.clear();
  if (stream_closed_ || input_ == Input::ended) return socket_failed();
  output_ = Output::ended;
  host_.endpoint().stop_reading(id_, now());
  host_.kick();
  if (finished_) return;
  if (input_left() > 0)
    host_.stream_note(*this, "reset by the local side; what it sent before goes to the other end first");
  salvage_ = std::make_unique<Watch>(host_.io_context());
  salvage_->progress_at = now();
  salvage_input();
  resume_input();
}

/// What has arrived is sent to the other end as fast as it accepts it, but not for ever.
void SocketStream::salvage_input() {
  const Time time = now();
  if (sent_ != std::exchange(salvage_->mark, sent_)) salvage_->progress_at = time;
  if (time - salvage_->progress_at >= kFlushPatience) {
    host_.endpoint().reset(id_, ResetReason::aborted, time);
    return socket_failed();
  }
  salvage_->timer.expires_after(kSalvageInterval);
  salvage_->timer.async_wait([weak = weak_from_this()](ErrorCode cancelled) {
    const auto self = weak.lock();
    if (!cancelled && self && !self->finished_) self->salvage_input();
  });
}

/// The socket is useless, and everything that arrived in it has been read.
void SocketStream::socket_failed(std::string_view what) {
  if (finished_) return;
  if (host_.peer_is_away() && !host_.endpoint().is_known_to_peer(id_))
    host_.endpoint().reset(id_, ResetReason::aborted, now());
  host_.endpoint().reset_in_order(id_, ResetReason::aborted,
                                  now());  // no effect for a stream that has closed
  host_.kick();
  abandon();
  host_.stream_over(*this, Observer::Ending::failed, what);
}

// ---- Flushing before a reset ----

bool SocketStream::flushed() {
  if (!attached_ || broken_) return true;
  if (!pending_output_.empty() || end_is_pending_) return false;
  return unsent_bytes(socket_) == 0 || (when_gone_ == Gone::is_reset && !close_drops_unsent(socket_));
}

void SocketStream::flush_then_reset() {
  const std::uint64_t left = output_left();
  const Time time = now();
  if (left != std::exchange(flush_->mark, left)) flush_->progress_at = time;
  if (flushed() || !drop_input() || time - flush_->progress_at >= kFlushPatience) {
    const std::string how = std::move(flush_->how);
    abandon();
    return host_.stream_over(*this, Observer::Ending::failed, how);
  }
  flush_->interval = std::clamp(2 * flush_->interval, kFirstFlushPoll, kLastFlushPoll);
  flush_->timer.expires_after(flush_->interval);
  flush_->timer.async_wait([self = shared_from_this()](ErrorCode cancelled) {
    if (!cancelled && !self->finished_) self->flush_then_reset();
  });
}

/// Drops input that the stream does not accept any more: its sender may have to send it before it reads.
/// False if the socket is broken.
bool SocketStream::drop_input() {
  const MutableByteView scratch = host_.scratch();
  ErrorCode error;
  socket_.read_some(asio::buffer(scratch.data(), scratch.size()), error);
  return !error || error == asio::error::would_block || error == asio::error::interrupted ||
         error == asio::error::eof;
}

StreamFigures SocketStream::figures(Time now) const {
  using enum StreamFigures::State;
  StreamFigures figures{.number = number_,
                        .since = since_,
                        .sent = {.bytes = sent_, .bytes_per_second = sent_rate_.per_second(now)},
                        .received = {.bytes = received_, .bytes_per_second = received_rate_.per_second(now)}};
  if (flush_ || salvage_) {
    figures.state = ending;
  } else if (!attached_) {
    figures.state = connecting;
  } else if (input_ == Input::ended || output_ == Output::ended || end_is_pending_ || stream_closed_) {
    figures.state = half_closed;
  }
  return figures;
}

std::size_t SocketStream::input_left() {
  if (!attached_ || finished_ || stream_closed_ || input_ == Input::ended) return 0;
  return pending_input_.size() + unread_bytes(socket_);
}

std::size_t SocketStream::output_left() {
  if (!attached_ || finished_ || broken_) return 0;
  return pending_output_.size() + unsent_bytes(socket_);
}

void SocketStream::drop_if_gone() {
  if (!attached_ || finished_ || stream_closed_ || !client_has_gone(socket_)) return;
  host_.endpoint().reset(id_, ResetReason::aborted, now());
  host_.kick();
  abandon();
  host_.stream_over(*this, Observer::Ending::failed,
                    "dropped: its client has closed while the link was away");
}

void SocketStream::abandon() {
  if (finished_) return;
  finished_ = true;
  if (flush_) flush_->timer.cancel();
  if (salvage_) salvage_->timer.cancel();
  if (hold_) hold_->cancel();
  close_by(Close::reset);
  ErrorCode ignored;
  socket_.close(ignored);
}

void SocketStream::close_by(Close how) {
  ErrorCode ignored;
  // Lingering for 0 s makes a socket end with a reset.
  socket_.set_option(asio::socket_base::linger(how == Close::reset, 0), ignored);
}

void SocketStream::finish() {
  finished_ = true;
  close_by(Close::in_order);
  ErrorCode ignored;
  socket_.close(ignored);
  host_.stream_over(*this, Observer::Ending::in_order, "closed");
}

SocketStream::Tally SocketStream::tally() const {
  return {sent_, received_, now() - since_};
}

std::string tally_text(const SocketStream::Tally& tally) {
  const double seconds = to_seconds(tally.lasted);
  std::string text = fmt::format("{} sent, {} received in {:.{}f} s", format_size(tally.sent),
                                 format_size(tally.received), seconds, seconds < 10 ? 1 : 0);
  // Of a shorter one, the speed says nothing about the line.
  if (seconds >= 1 && tally.sent + tally.received > 0) {
    const double rate = static_cast<double>(tally.sent + tally.received) / seconds;
    text += fmt::format(" ({}/s)", format_size(static_cast<std::uint64_t>(rate)));
  }
  return text;
}

}  // namespace serialtcp::io
