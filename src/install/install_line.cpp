#include "install/install_line.h"

#include <algorithm>
#include <array>
#include <utility>

#include "os/clock.h"

namespace serialtcp::install {

namespace {

using io::LineStatus;

constexpr std::size_t kReadAtOnce = 4096;

}  // namespace

InstallLine::InstallLine(io::asio::io_context& context, std::unique_ptr<io::Line> line,
                         Installer::Config config, std::vector<std::string> folders,
                         std::unique_ptr<User> user)
    : WrappedLine(line->name(), nullptr),
      context_(context),
      config_(std::move(config)),
      programs_(std::move(folders)),
      user_(std::move(user)),
      alarm_(context) {
  wrap(std::move(line));
}

InstallLine::~InstallLine() {
  InstallLine::close();
}

void InstallLine::open(Opened opened) {
  if (!refused_.empty())
    return opened(std::unexpected(io::OpenError{.text = refused_, .of = io::OpenError::Of::other_end}));
  opened_ = std::move(opened);
  first_.clear();
  console_return_.reset();
  inner()->open(lifetime_.guard([this](std::expected<void, io::OpenError> result) {
    if (!opened_) return;
    if (!result) return end(std::move(result));
    begin();
  }));
}

void InstallLine::begin() {
  installer_.emplace(config_, programs_, *user_, io::now());
  user_->on_answer(lifetime_.guard([this](std::optional<std::string> text) {
    if (!installer_) return;
    installer_->talk().answer(std::move(text));
    go_on();
  }));
  write_wait_ = false;
  installer_->start();
  wait_readable();
  go_on();
}

void InstallLine::wait_readable() {
  inner()->when_readable(lifetime_.guard([this] { readable(); }));
}

void InstallLine::readable() {
  if (!installer_) return;
  std::array<Byte, kReadAtOnce> buffer;
  const io::LineResult result = inner()->read(buffer);
  if (result.status == LineStatus::gone || result.status == LineStatus::ended)
    return end(std::unexpected(io::OpenError{.kind = result.status == LineStatus::gone
                                                         ? io::OpenError::Kind::passing
                                                         : io::OpenError::Kind::unusable,
                                             .text = result.reason}));
  if (result.status == LineStatus::ok)
    installer_->talk().feed(ByteView(buffer).first(result.count), io::now());
  go_on();
  if (installer_) wait_readable();
}

/// After anything that may have moved it.
void InstallLine::go_on() {
  if (installer_->done()) return finish();
  write_some();
  if (!installer_) return;
  if (installer_->done()) return finish();
  const Time due = installer_->talk().deadline();
  if (due == kNever) return alarm_.cancel();
  alarm_.start_at(due, [this] {
    if (!installer_) return;
    installer_->talk().tick(io::now());
    go_on();
  });
}

void InstallLine::write_some() {
  while (!write_wait_ && !installer_->done()) {
    const ByteView bytes = installer_->talk().output();
    if (bytes.empty()) return;
    const io::LineResult result = inner()->write(bytes);
    if (result.status == LineStatus::gone || result.status == LineStatus::ended)
      return end(std::unexpected(io::OpenError{.kind = io::OpenError::Kind::passing, .text = result.reason}));
    if (result.count > 0) installer_->talk().written(result.count, io::now());
    if (result.count == bytes.size()) continue;
    write_wait_ = true;
    inner()->when_writable(lifetime_.guard([this] {
      write_wait_ = false;
      if (installer_) go_on();
    }));
  }
}

void InstallLine::finish() {
  if (left_) {
    installer_.reset();
    alarm_.cancel();
    // Not from within leave().
    return io::asio::post(context_, lifetime_.guard([this] {
      if (Ready left = std::exchange(left_, nullptr)) left();
    }));
  }
  Installer::Result result = installer_->result();
  if (result.kind == Installer::Result::Kind::running) {
    first_ = std::move(result.first);
    installer_.reset();
    console_return_.emplace();
    return end({});
  }
  if (result.kind == Installer::Result::Kind::refused) refused_ = result.why;
  end(std::unexpected(io::OpenError{.text = std::move(result.why), .of = io::OpenError::Of::other_end}));
}

void InstallLine::end(std::expected<void, io::OpenError> result) {
  installer_.reset();
  alarm_.cancel();
  user_->take_back();
  if (!result) inner()->close();
  if (Ready left = std::exchange(left_, nullptr)) return left();
  if (Opened opened = std::exchange(opened_, nullptr)) opened(std::move(result));
}

bool InstallLine::leave(Ready left) {
  if (!installer_) return false;
  left_ = std::move(left);
  user_->take_back();
  opened_ = nullptr;
  installer_->leave();
  go_on();
  return true;
}

void InstallLine::close() {
  installer_.reset();
  alarm_.cancel();
  user_->take_back();
  opened_ = nullptr;
  left_ = nullptr;
  reader_ = nullptr;
  console_return_.reset();
  WrappedLine::close();
}

// ---- While it is open ----

io::LineResult InstallLine::read(MutableByteView into) {
  if (console_return_ && console_return_->found()) {
    const auto& [what, why] = *console_return_->found();
    return {what == ConsoleReturn::Found::What::ended ? LineStatus::ended : LineStatus::gone, 0, why};
  }
  if (!first_.empty()) {
    const std::size_t count = std::min(first_.size(), into.size());
    std::copy_n(first_.begin(), count, into.begin());
    first_.erase(0, count);
    return {LineStatus::ok, count};
  }
  const io::LineResult result = WrappedLine::read(into);
  if (console_return_ && result.status == LineStatus::ok) {
    console_return_->heard(into.first(result.count), io::now());
    watch_console();
  }
  return result;
}

/// What is not written is lost, as on any line, and is sent again if it was a false alarm.
io::LineResult InstallLine::write(ByteView bytes) {
  if (console_return_ && console_return_->is_suspected()) return {LineStatus::ok, bytes.size()};
  return WrappedLine::write(bytes);
}

void InstallLine::watch_console() {
  const Time due = console_return_->due();
  if (due == kNever) return alarm_.cancel();
  alarm_.start_at(due, [this] {
    if (!console_return_) return;
    console_return_->look(io::now());
    if (console_return_->found()) return wake_reader();
    watch_console();
  });
}

void InstallLine::wake_reader() {
  if (Ready ready = std::exchange(reader_, nullptr)) ready();
}

void InstallLine::when_readable(Ready ready) {
  reader_ = std::move(ready);
  if (!first_.empty()) return io::asio::post(context_, lifetime_.guard([this] { wake_reader(); }));
  WrappedLine::when_readable(lifetime_.guard([this] { wake_reader(); }));
}

}  // namespace serialtcp::install
