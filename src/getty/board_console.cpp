#include "getty/board_console.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "net/socket_pair.h"
#include "os/clock.h"
#include "os/error_text.h"

namespace serialtcp::getty {

using io::ErrorCode;
using io::StreamSocket;
using share::Backlog;
using wire::session::Reason;
using wire::session::Refused;
using wire::session::Size;

namespace {

constexpr std::size_t kMostOfLine = 240;

}  // namespace

BoardConsole::BoardConsole(io::asio::io_context& context, std::shared_ptr<io::ProgramWatcher> watcher,
                           std::vector<std::string> words, Tell tell)
    : context_(context),
      tell_(std::move(tell)),
      program_(context, std::move(watcher), std::move(words), *this),
      stalled_alarm_(context) {}

BoardConsole::~BoardConsole() = default;

void BoardConsole::hang_up() {
  program_.hang_up();
  line_.clear();
}

// ---- What the program writes ----

void BoardConsole::program_wrote(ByteView bytes) {
  note_line(bytes);
  if (port_shown_) {
    port_.add_data(bytes, bytes.size());
    if (port_has_output_) port_has_output_();
  }
  std::vector<std::uint64_t> ids;
  for (const auto& viewer : viewers_) {
    viewer->backlog.add_data(bytes, bytes.size());
    ids.push_back(viewer->id);
  }
  for (const std::uint64_t id : ids) write_viewer(id);
}

/// One that reads decides. If none does, the program waits for a while.
bool BoardConsole::output_wanted() {
  if (!port_shown_ && viewers_.empty()) return true;
  const auto keeps_up = [](const auto& viewer) { return viewer->backlog.size() < kBehind; };
  if ((port_shown_ && port_.size() < kBehind) || std::ranges::any_of(viewers_, keeps_up)) return true;
  const Time until = accepted_ + kStalled;
  if (until <= io::now()) return true;
  stalled_alarm_.start_at(until, [this] { program_.resume(); });
  return false;
}

void BoardConsole::accepted() {
  accepted_ = io::now();
  program_.resume();
}

bool BoardConsole::is_of_sequence(Byte byte) {
  constexpr Byte kEscapeKey = 0x1B;
  constexpr Byte kBell = 0x07;
  switch (sequence_) {
    case Sequence::none:
      if (byte != kEscapeKey) return false;
      sequence_ = Sequence::escape;
      return true;
    case Sequence::escape:
      sequence_ = byte == '[' ? Sequence::control : byte == ']' ? Sequence::string : Sequence::none;
      return true;
    case Sequence::control:
      if (byte >= '@' && byte <= '~') sequence_ = Sequence::none;
      return true;
    case Sequence::string:
      if (byte == kBell || byte == kEscapeKey) sequence_ = byte == kBell ? Sequence::none : Sequence::escape;
      return true;
  }
  return false;
}

/// The text that stands in the last line. Control sequences might be questions to the terminal: it would answer.
void BoardConsole::note_line(ByteView bytes) {
  for (const Byte byte : bytes) {
    if (is_of_sequence(byte)) continue;
    if (byte == '\n' || byte == '\r') {
      line_.clear();
    } else if (byte == '\b') {
      if (!line_.empty()) line_.pop_back();
    } else if (byte >= ' ' && line_.size() < kMostOfLine) {
      line_.push_back(byte);
    }
  }
}

// ---- The port ----

void BoardConsole::show_at_port(bool shown) {
  port_shown_ = shown;
  port_ = Backlog();
  accepted_ = io::now();
  if (shown && viewers_.empty()) use_size({});
  program_.resume();
}

ByteView BoardConsole::for_port() {
  if (const std::uint64_t lost = port_.take_lost(); lost > 0) {
    const std::string mark = share::lost_mark(lost);
    port_.add_always(ByteView(reinterpret_cast<const Byte*>(mark.data()), mark.size()));
  }
  return port_.next(Backlog::Data::flows);
}

void BoardConsole::port_took(std::size_t count) {
  if (count == 0) return;
  port_.sent(count);
  accepted();
}

// ---- Viewers ----

std::expected<io::session::Running, Refused> BoardConsole::attach(Size size) {
  if (viewers_.size() >= kMostViewers)
    return std::unexpected(
        Refused{Reason::too_many, fmt::format("{} look at the console already", viewers_.size())});
  auto pair = io::socket_pair(context_);
  if (!pair) return std::unexpected(Refused{Reason::cannot_start, io::plain_text(pair.error())});
  const int theirs = pair->second.release();
  const int again = ::dup(theirs);
  io::session::Running running{.process = nullptr,
                               .input = io::asio::posix::stream_descriptor(context_, theirs),
                               .output = io::asio::posix::stream_descriptor(context_),
                               .error_output = io::asio::posix::stream_descriptor(context_)};
  if (again < 0) return std::unexpected(Refused{Reason::cannot_start, io::plain_text(errno)});
  running.output.assign(again);
  for (auto* const one : {&running.input, &running.output}) one->non_blocking(true);
  ErrorCode ignored;
  pair->first.set_option(io::asio::socket_base::send_buffer_size(kSendBuffer), ignored);
  const std::uint64_t id = ++last_id_;
  viewers_.push_back(std::make_unique<Viewer>(std::move(pair->first), size, id));
  if (viewers_.size() == 1) {
    accepted_ = io::now();
    use_size(size);
  }
  running.resize = [weak = weak_from_this(), id](Size wanted) {
    if (const auto self = weak.lock()) self->resized(id, wanted);
  };
  viewers_.back()->backlog.add_data(line_, line_.size());
  write_viewer(id);
  read_viewer(id);
  return running;
}

BoardConsole::Viewer* BoardConsole::find(std::uint64_t id) {
  const auto found = std::ranges::find_if(viewers_, [id](const auto& viewer) { return viewer->id == id; });
  return found == viewers_.end() ? nullptr : found->get();
}

void BoardConsole::remove(std::uint64_t id) {
  std::erase_if(viewers_, [id](const auto& viewer) { return viewer->id == id; });
  program_.resume();
}

void BoardConsole::read_viewer(std::uint64_t id) {
  for (;;) {
    Viewer* const viewer = find(id);
    if (viewer == nullptr || viewer->read_waits || !read_some(*viewer)) return;
  }
}

void BoardConsole::input_taken() {
  if (program_.input_waiting() >= kMostTyped) return;
  std::vector<std::uint64_t> ids;
  for (const auto& viewer : viewers_) ids.push_back(viewer->id);
  for (const std::uint64_t id : ids) read_viewer(id);
}

/// False if there is nothing now, or the viewer has gone, or the program has to take more first.
bool BoardConsole::read_some(Viewer& viewer) {
  if (program_.input_waiting() >= kMostTyped) return false;
  std::array<Byte, kMostTyped> buffer;
  ErrorCode error;
  const std::size_t count = viewer.socket.receive(io::asio::buffer(buffer), 0, error);
  if (error == io::asio::error::interrupted) return true;
  if (error == io::asio::error::would_block) {
    viewer.read_waits = true;
    viewer.socket.async_wait(StreamSocket::wait_read,
                             lifetime_.guard([this, id = viewer.id](ErrorCode failed) {
                               if (Viewer* const one = find(id); one != nullptr && !failed) {
                                 one->read_waits = false;
                                 read_viewer(id);
                               }
                             }));
    return false;
  }
  if (error) {
    remove(viewer.id);
    return false;
  }
  typed_last_ = viewer.id;
  use_size(viewer.size);
  program_.type(ByteView(buffer).first(count));
  return true;
}

void BoardConsole::write_viewer(std::uint64_t id) {
  Viewer* const viewer = find(id);
  if (viewer == nullptr || viewer->write_waits) return;
  bool some = false;
  for (;;) {
    if (const std::uint64_t lost = viewer->backlog.take_lost(); lost > 0) {
      const std::string mark = share::lost_mark(lost);
      viewer->backlog.add_always(ByteView(reinterpret_cast<const Byte*>(mark.data()), mark.size()));
    }
    const ByteView next = viewer->backlog.next(Backlog::Data::flows);
    if (next.empty()) break;
    ErrorCode error;
    const std::size_t count =
        viewer->socket.send(io::asio::buffer(next.data(), next.size()), MSG_NOSIGNAL, error);
    if (error == io::asio::error::interrupted) continue;
    if (error == io::asio::error::would_block) {
      viewer->write_waits = true;
      viewer->socket.async_wait(StreamSocket::wait_write, lifetime_.guard([this, id](ErrorCode failed) {
        if (Viewer* const one = find(id); one != nullptr && !failed) {
          one->write_waits = false;
          write_viewer(id);
        }
      }));
      break;
    }
    if (error) break;  // reading tells
    viewer->backlog.sent(count);
    some = true;
  }
  if (some) accepted();
}

// ---- The size ----

void BoardConsole::resized(std::uint64_t id, Size size) {
  Viewer* const viewer = find(id);
  if (viewer == nullptr) return;
  viewer->size = size;
  if (viewers_.size() == 1 || typed_last_ == id) use_size(size);
}

void BoardConsole::use_size(Size size) {
  if (size == size_) return;
  size_ = size;
  program_.resize({size.rows, size.columns});
}

}  // namespace serialtcp::getty
