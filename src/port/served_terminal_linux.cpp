// Packet mode (ioctl_tty(2)) tells of settings, inotify(7) of a program that opens the pty: the master is not woken by that.
#include "port/served_terminal.h"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <utility>

#include "port/serial_modes.h"

namespace serialtcp::io {

namespace {

bool has(int master, short what) {
  pollfd waiting{.fd = master, .events = what, .revents = 0};
  return ::poll(&waiting, 1, 0) > 0 && (waiting.revents & what) != 0;
}

}  // namespace

ServedTerminal::ServedTerminal(asio::io_context& context, std::string path, const SerialSettings& settings,
                               User& user)
    : context_(context),
      device_(context, std::move(path)),
      openings_(context),
      initial_(settings),
      user_(user),
      packet_(kChunk + 1),
      look_alarm_(context) {
  initial_.rts.reset();
  initial_.dtr.reset();
  initial_.rs485.reset();
  settings_ = initial_;
}

std::expected<void, std::string> ServedTerminal::start() {
  if (device_.is_plugged()) return {};
  if (auto plugged = device_.plug(); !plugged) return plugged;
  show_pty_settings(device_.fd(), settings_);
  set_up();
  return {};
}

void ServedTerminal::stop() {
  look_alarm_.cancel();
  openings_.close();
  watched_.clear();
  device_.unplug();
  state_ = State::closed;
  status_ = 0;
  ending_ = news_wait_ = read_wait_ = write_wait_ = false;
  readable_ = nullptr;
  writable_ = nullptr;
}

/// For a pty that was just made.
void ServedTerminal::set_up() {
  news_wait_ = read_wait_ = write_wait_ = false;
  int on = 1;
  packets_ = ::ioctl(device_.fd(), TIOCPKT, &on) == 0;
  watch_pty_settings(device_.fd());
  watch_openings();
  look();
}

void ServedTerminal::watch_openings() {
  if (watched_ == device_.slave_name()) return;
  watched_ = device_.slave_name();
  openings_.close();
  const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) return;  // look() is called by the alarm then
  openings_.adopt(fd);
  if (::inotify_add_watch(fd, watched_.c_str(), IN_OPEN | IN_CLOSE) < 0) return openings_.close();
  openings_.when_readable([this] { openings_changed(); });
}

void ServedTerminal::openings_changed() {
  std::array<Byte, 4096> events{};
  while (openings_.read(events).status == LineStatus::ok) {
  }
  openings_.when_readable([this] { openings_changed(); });
  look();
}

// ---- Open and close ----

/// Finds out who has it open.
void ServedTerminal::look() {
  if (!device_.is_plugged()) return;
  const bool held = device_.holder() == PtyHolder::somebody;
  take_news();
  // One that has already closed it may have written.
  if (state_ == State::closed && (held || has(device_.fd(), POLLIN))) return opened();
  if (state_ == State::open && !held) return left();
  look_again();
}

void ServedTerminal::look_again() {
  if (!openings_.is_open() && state_ != State::left) look_alarm_.start(kLook, [this] { look(); });
}

void ServedTerminal::opened() {
  state_ = State::open;
  wait_for_news();
  if (readable_) when_readable(std::move(readable_));
  if (writable_) when_writable(std::move(writable_));
  look_again();
  arm();
  auto next = lifetime_.guard([this] { look_at_settings(); });
  user_.terminal_opened();
  next();
}

/// What it has not read is not for the next one. What it has written may not have been read yet.
void ServedTerminal::left() {
  state_ = State::left;
  device_.holder_left();
  if (watched_ != device_.slave_name()) {
    set_up();  // that has made another pty, with nothing in it
    return closed();
  }
  if (readable_) when_readable(std::move(readable_));  // at once: read() finds out when all is read
}

/// And open again, if somebody else has opened it since.
void ServedTerminal::closed() {
  ending_ = false;
  state_ = State::closed;
  auto next = lifetime_.guard([this] { look(); });
  user_.terminal_closed();
  next();
}

// ---- Bytes ----

std::size_t ServedTerminal::read(MutableByteView into) {
  if (state_ == State::closed || ending_ || into.empty()) return 0;
  const std::size_t most = std::min(into.size(), kChunk);
  const std::size_t head = packets_ ? 1 : 0;
  std::size_t count = device_.read(MutableByteView(packet_).first(most + head));
  if (count == 0 && state_ == State::left) {
    ending_ = true;
    asio::post(context_, lifetime_.guard([this] {
      if (ending_) closed();
    }));
  }
  if (count == 0) return 0;
  if (packets_ && packet_.front() != TIOCPKT_DATA) {
    take_status(packet_.front());
    return 0;
  }
  count -= head;
  std::ranges::copy(ByteView(packet_).subspan(head, count), into.begin());
  return count;
}

std::size_t ServedTerminal::write(ByteView bytes) {
  return state_ == State::open && !bytes.empty() ? device_.write(bytes) : 0;
}

void ServedTerminal::when_readable(Line::Ready ready) {
  readable_ = std::move(ready);
  if (state_ == State::closed || ending_ || std::exchange(read_wait_, true)) return;
  device_.when_readable([this] {
    read_wait_ = false;
    if (auto call = std::exchange(readable_, nullptr)) call();
  });
}

void ServedTerminal::when_writable(Line::Ready ready) {
  writable_ = std::move(ready);
  if (state_ != State::open || std::exchange(write_wait_, true)) return;
  device_.when_writable([this] {
    write_wait_ = false;
    if (state_ != State::open) return;  // later
    if (auto call = std::exchange(writable_, nullptr)) call();
  });
}

// ---- Settings ----

void ServedTerminal::wait_for_news() {
  if (std::exchange(news_wait_, true)) return;
  device_.when_urgent([this] {
    news_wait_ = false;
    news();
  });
}

/// It was set, or closed.
void ServedTerminal::news() {
  if (device_.holder() == PtyHolder::nobody) return look();  // waiting for news would not wait
  take_news();
  wait_for_news();
}

/// Also while nobody reads. A byte is the status alone, and none of the data.
void ServedTerminal::take_news() {
  if (!packets_ || !has(device_.fd(), POLLPRI)) return;
  if (device_.read(MutableByteView(packet_).first(1)) == 1) take_status(packet_.front());
}

void ServedTerminal::take_status(Byte status) {
  if (status == TIOCPKT_DATA) return;
  if (state_ != State::open)
    status &= static_cast<Byte>(~TIOCPKT_FLUSHREAD);  // there was nothing, or it was left()
  const bool first = status_ == 0;
  status_ |= status;
  if (first && status != 0) asio::post(context_, lifetime_.guard([this] { tell_status(); }));
}

void ServedTerminal::tell_status() {
  const Byte status = std::exchange(status_, Byte{0});
  if (!device_.is_plugged()) return;
  auto next = lifetime_.guard([this] {
    arm();
    look_at_settings();
  });
  if ((status & TIOCPKT_FLUSHREAD) != 0 && state_ == State::open) user_.terminal_dropped();
  next();
}

/// At once: what is set before this is found by look_at_settings(). The kernel has no way to set the flag alone, so what a
/// program sets within the microsecond that this takes is lost.
void ServedTerminal::arm() {
  if (device_.is_plugged()) watch_pty_settings(device_.fd());
}

SerialSettings ServedTerminal::read_settings() {
  auto found = pty_settings(device_.fd());
  if (!found || found->baud == 0) return settings_;
  found->data_bits = initial_.data_bits;
  if (found->parity == Parity::none && initial_.parity == Parity::even) found->parity = Parity::even;
  const bool longer = initial_.stop_bits == StopBits::one_and_a_half;
  if (longer && found->stop_bits == StopBits::two) found->stop_bits = initial_.stop_bits;
  return *found;
}

void ServedTerminal::show(const SerialSettings& settings) {
  initial_.data_bits = settings.data_bits;
  initial_.parity = settings.parity;
  initial_.stop_bits = settings.stop_bits;
  settings_ = settings;
  settings_.rts.reset();
  settings_.dtr.reset();
  settings_.rs485.reset();
  if (device_.is_plugged() && read_settings() != settings_) show_pty_settings(device_.fd(), settings_);
}

void ServedTerminal::look_at_settings() {
  if (!device_.is_plugged()) return;
  const SerialSettings now = read_settings();
  if (now == settings_) return;
  settings_ = now;
  user_.terminal_set(now);
}

}  // namespace serialtcp::io
