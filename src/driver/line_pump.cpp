// Reading and feeding, transmitting and writing, the timer, and reopening.
#include "driver/line_pump.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "driver/speed_seeker.h"
#include "os/clock.h"

namespace serialtcp::io {

using namespace std::chrono_literals;

namespace {

/// A timer is never set to less than this: it would be late anyway, and the loop has other work.
constexpr Duration kTimerFloor = 50us;
/// A timer that is this late shows that this process, or the machine, was stopped: what the line has
/// delivered meanwhile is older than the timer.
constexpr Duration kLate = 10ms;
/// A blocked line is tried again at this interval even if it does not report that it is writable, as some
/// drivers do not.
constexpr Duration kBlockedRetry = 100ms;
/// A device that is not there is searched for at this interval; if it is there and cannot be opened, no more seldom than
/// this.
constexpr Duration kSearchInterval = 150ms;
constexpr Duration kMaxSearchInterval = 2400ms;
/// A reason why the line is not back is reported after this time; before, the system may still be setting it
/// up.
constexpr Duration kReopenPatience = 5s;

}  // namespace

LinePump::LinePump(asio::io_context& context, Endpoint& endpoint, std::unique_ptr<Line> line,
                   const Climbing& climbing, SpeedHints hints, Observer& observer,
                   std::function<void()> drain_events)
    : context_(context),
      endpoint_(endpoint),
      line_(std::move(line)),
      observer_(observer),
      drain_events_(std::move(drain_events)),
      gathering_timer_(context),
      timer_(context),
      speed_(context, climbing, std::move(hints), endpoint, *line_, observer,
             {[this] { return flushed(); }, [this] { kick(); }}),
      watch_(context, endpoint, *line_, observer,
             [this](const std::string& reason) {
               lost({LineStatus::gone, 0, reason});
             }),
      reopen_timer_(context) {}

LinePump::~LinePump() = default;

void LinePump::seek_speed(std::uint32_t bits, std::function<void(std::uint64_t rate)> line_has_rate) {
  seeker_ = std::make_unique<SpeedSeeker>(context_, endpoint_, *line_, observer_, bits,
                                          SpeedSeeker::Calls{.drop_unsent = [this] { drop_unsent(); },
                                                             .kick = [this] { kick(); },
                                                             .line_has_rate = std::move(line_has_rate)});
}

bool LinePump::is_seeking_speed() const {
  return seeker_ && seeker_->is_searching();
}

bool LinePump::may_speak() const {
  return !seeker_ || seeker_->may_speak();
}

void LinePump::drop_unsent() {
  batch_begin_ = 0;
  batch_end_ = 0;
  blocked_ = false;
}

void LinePump::open(Missing missing, Line::Opened done) {
  line_->open([this, missing, done = std::move(done)](const std::expected<void, OpenError>& result) mutable {
    if (result) {
      observer_.line_opened(line_->name(), line_->opened_as());
      opened();
    } else if (result.error().lent ||
               (missing == Missing::wait && result.error().kind != OpenError::Kind::unusable)) {
      await(result.error());
    } else {
      return done(result);
    }
    done({});
  });
}

void LinePump::opened() {
  state_ = State::open;
  speed_.line_opened();
  opened_at_ = now();
  blocked_ = false;
  write_wait_ = false;
  watch_.line_opened();
  if (seeker_) seeker_->line_opened();
  wait_readable();
  kick();
}

void LinePump::close() {
  state_ = State::closed;
  if (seeker_) seeker_->stop();
  line_->close();
  timer_.cancel();
  gathering_timer_.cancel();
  speed_.line_closed();
  watch_.stop();
  reopen_timer_.cancel();
}

void LinePump::kick() {
  if (pump_posted_) return;
  pump_posted_ = true;
  asio::post(context_, lifetime_.guard([this] {
    pump_posted_ = false;
    pump();
  }));
}

bool LinePump::flushed() const {
  return state_ != State::open || (batch_begin_ == batch_end_ && line_->unsent() == 0);
}

// ---- From the line ----

void LinePump::wait_readable() {
  reading_ = endpoint_.feed_room() > 0;
  if (reading_) line_->when_readable([this] { line_readable(); });
}

void LinePump::line_readable() {
  auto next = ReadGathering::Next::read_more;
  while (next == ReadGathering::Next::read_more) {
    const std::size_t count = read_some();
    if (count == 0) break;
    next = gathering_.read(count, now());
  }
  if (next == ReadGathering::Next::pass_on) {
    pump();
  } else {
    pass_on_later();
  }
  if (state_ == State::open) wait_readable();
}

/// What the next read does not pass on, the timer does.
void LinePump::pass_on_later() {
  if (gathering_.due() == kNever || std::exchange(gathering_timer_set_, true)) return;
  gathering_timer_.expires_at(to_steady(gathering_.due()));
  gathering_timer_.async_wait(lifetime_.guard([this](ErrorCode cancelled) {
    gathering_timer_set_ = false;
    if (cancelled) return;
    if (gathering_.due() <= now()) return pump();
    pass_on_later();
  }));
}

/// Returns how many bytes arrived.
std::size_t LinePump::read_some() {
  const std::size_t room = std::min(read_buffer_.size(), endpoint_.feed_room());
  if (state_ != State::open || room == 0) return 0;
  const LineResult result = line_->read(MutableByteView(read_buffer_).first(room));
  if (result.status == LineStatus::gone) lost(result);
  if (result.status == LineStatus::ended) ended(result.reason);
  if (result.status != LineStatus::ok) return 0;
  const ByteView bytes = ByteView(read_buffer_).first(result.count);
  watch_.received();
  observer_.received(bytes);
  const Time time = now();
  received_rate_.add(bytes.size(), time);
  endpoint_.feed(bytes, time);
  if (seeker_) seeker_->heard(bytes);
  if (heard_) heard_(bytes);
  return bytes.size();
}

// ---- To the line ----

void LinePump::pump() {
  if (state_ == State::closed) return;
  gathering_.passed_on();
  drain_events_();
  if (seeker_ && state_ == State::open) seeker_->look();
  if (state_ == State::open) speed_.follow();
  transmit();
  drain_events_();  // there may be room again for datagrams
  if (state_ == State::open && !reading_) wait_readable();
  arm_timer();
  watch_.look();
}

void LinePump::transmit() {
  for (int i = 0; i < kBatchesPerTurn; ++i) {
    if (state_ != State::open || blocked_ || !may_speak()) return;
    if (batch_begin_ == batch_end_) fill_batch();
    if (batch_begin_ == batch_end_ || !write_batch()) return;
  }
  kick();
}

void LinePump::fill_batch() {
  batch_begin_ = 0;
  batch_end_ = 0;
  while (batch_end_ < batch_.size()) {
    const std::size_t count = endpoint_.transmit(MutableByteView(batch_).subspan(batch_end_), now());
    if (count == 0) return;
    batch_end_ += count;
  }
}

/// True if the line accepted everything.
bool LinePump::write_batch() {
  const LineResult result = line_->write(ByteView(batch_).subspan(batch_begin_, batch_end_ - batch_begin_));
  if (result.status == LineStatus::gone) {
    lost(result);
    return false;
  }
  if (result.status == LineStatus::ended) {
    ended(result.reason);
    return false;
  }
  batch_begin_ += result.count;
  sent_rate_.add(result.count, now());
  if (batch_begin_ == batch_end_) return true;
  blocked_ = true;
  if (write_wait_) return false;
  write_wait_ = true;
  line_->when_writable([this] {
    write_wait_ = false;
    blocked_ = false;
    go_on_writing();
  });
  return false;
}

/// What waits for the line again (a pty takes 4 kB) does so with the timer that was set before.
void LinePump::go_on_writing() {
  if (state_ == State::open) transmit();
  if (!blocked_) return pump();
  drain_events_();
}

// ---- The timer ----

/// A timer that is set too early is not changed: it only costs one useless check.
void LinePump::arm_timer() {
  if (state_ == State::closed) return;
  const Time start = now();
  Time due = endpoint_.deadline();
  if (state_ == State::open && !blocked_ && may_speak()) due = std::min(due, endpoint_.transmit_due());
  if (blocked_) due = std::min(due, start + kBlockedRetry);
  due = std::max(due, start + kTimerFloor);
  if (due >= armed_for_) return;
  armed_for_ = due;
  timer_.expires_at(to_steady(due));
  timer_.async_wait(lifetime_.guard([this](ErrorCode cancelled) {
    if (!cancelled) timer_fired();
  }));
}

void LinePump::timer_fired() {
  if (state_ == State::closed) return;
  const bool late = now() - armed_for_ >= kLate;
  armed_for_ = kNever;
  blocked_ = false;
  if (late) read_some();
  endpoint_.tick(now());
  pump();
}

// ---- Away and back ----

void LinePump::await(const OpenError& error) {
  state_ = State::awaited;
  away_since_ = now();
  reopen_delay_ = kSearchInterval;
  reason_told_ = error.text;
  reserved_.hold();
  tell_absence(error.text, error.lent);
  schedule_reopen();
}

/// One that is lent is no trouble.
void LinePump::tell_absence(const std::string& reason, bool lent) {
  lent_ = lent;
  if (lent) {
    watch_.stop();
    observer_.note(fmt::format("{}: {}", line_->name(), reason));
    return;
  }
  if (state_ == State::awaited) {
    observer_.line_awaited(line_->name(), reason);
  } else {
    tell_of_loss(reason);
  }
  watch_.line_away(reason);
}

void LinePump::lost(const LineResult& result) {
  if (state_ != State::open) return;
  state_ = State::lost;
  ++times_lost_;
  away_since_ = now();
  // First of all: if the old descriptor were still open when it is plugged in again, the device would get
  // another name.
  if (seeker_) seeker_->line_away();
  line_->close();
  speed_.line_closed();
  reserved_.hold();
  drop_unsent();
  const Reopening how = line_->reopening();
  reopen_delay_ = useless(how) ? std::clamp(2 * reopen_delay_, how.first, how.longest) : how.first;
  tell_absence(result.reason, result.lent);
  endpoint_.line_lost(away_since_);
  schedule_reopen();
  kick();
}

void LinePump::ended(const std::string& reason) {
  if (state_ != State::open) return;
  close();
  if (ended_) ended_(reason);
}

/// The line went away before it was of any use, so an immediate retry would be useless, too. This is how a
/// server behaves that accepts only one client.
bool LinePump::useless(const Reopening& how) const {
  if (away_since_ - opened_at_ >= how.trial) return false;
  return how.hearing == Reopening::Hearing::does_not_count || endpoint_.last_heard() < opened_at_;
}

void LinePump::tell_of_loss(const std::string& reason) {
  if (endpoint_.last_heard() >= opened_at_) losses_.was_of_use();
  if (losses_.lost(reason, away_since_)) observer_.line_lost(line_->name(), reason);
}

void LinePump::schedule_reopen() {
  reopen_timer_.expires_after(reopen_delay_);
  reopen_timer_.async_wait(lifetime_.guard([this](ErrorCode cancelled) {
    if (!cancelled && state_ != State::closed) reopen();
  }));
}

void LinePump::reopen() {
  reserved_.release();
  line_->open([this](const std::expected<void, OpenError>& result) {
    if (state_ == State::closed) return;
    if (!result) return reopen_failed(result.error().text);
    found();
  });
}

void LinePump::found() {
  reason_told_.clear();
  const bool was_awaited = state_ == State::awaited;
  if (!was_awaited) endpoint_.line_restored(now());
  if (std::exchange(lent_, false)) return opened();
  if (was_awaited) {
    observer_.line_found(line_->name());
  } else if (losses_.absence_told()) {
    observer_.line_back(line_->name(), now() - away_since_);
  }
  if (was_awaited || losses_.absence_told()) observer_.line_opened(line_->name(), line_->opened_as());
  opened();
}

void LinePump::reopen_failed(const std::string& reason) {
  reserved_.hold();
  watch_.still_away(reason);
  reopen_delay_ = std::min(reopen_delay_, kMaxSearchInterval);
  if (now() - away_since_ >= kReopenPatience && reason != reason_told_) {
    reason_told_ = reason;
    losses_.tell();
    observer_.line_not_back_yet(line_->name(), reason);
  }
  schedule_reopen();
}

}  // namespace serialtcp::io
