#include "top/top.h"

#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "os/clock.h"
#include "top/browser.h"
#include "top/keys.h"
#include "top/model.h"
#include "top/processes.h"
#include "top/terminal.h"
#include "top/view.h"

namespace serialtcp::top {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

/// The rest of a key's sequence follows within this.
constexpr auto kEscapeTime = 100ms;
/// What has happened is shown for this time.
constexpr auto kNoticeTime = 10s;
/// Messages that name a time change as often.
constexpr auto kRedraw = 1s;
/// How long the last answers are waited for.
constexpr auto kPatience = 5s;

milliseconds until(Time then, Time now) {
  // Rounded up: a wait that is too short would be repeated at once.
  return std::max(std::chrono::ceil<milliseconds>(then - now), 0ms);
}

class OnTerminal {
 public:
  OnTerminal(const Settings& settings, Terminal& terminal)
      : settings_(settings),
        terminal_(terminal),
        processes_(settings.control, settings.link),
        shown_({1, 1}) {}

  Result run() {
    for (;;) {
      ask(io::now());
      if (processes_.take(model_)) has_changed_ = true;
      if (is_last_round() && (processes_.is_complete() || io::now() >= asked_ + kPatience)) return {};
      take_news(io::now());
      draw(io::now());
      const Terminal::Happened happened = terminal_.wait(processes_.descriptors(), patience(io::now()));
      if (happened.signal || happened.gone) return {.signal = happened.signal};
      if (happened.must_redraw) must_redraw_ = true;
      if (press(happened.typed) == Next::quit) return {};
    }
  }

 private:
  enum class Next : std::uint8_t { go_on, quit };

  void ask(Time now) {
    if (browser_.is_paused() || is_last_round() || now < asked_ + settings_.interval) return;
    processes_.ask(now);
    ++rounds_;
    asked_ = now;
  }
  bool is_last_round() const { return settings_.rounds && rounds_ >= *settings_.rounds; }

  void take_news(Time now) {
    for (const std::string& text : processes_.news()) {
      has_changed_ = true;
      if (!browser_.notice().empty() && now < notice_until_ && is_news_) {
        browser_.set_notice(browser_.notice() + "; " + text);
      } else {
        browser_.set_notice(text);
      }
      is_news_ = true;
      notice_until_ = now + kNoticeTime;
    }
    if (is_news_ && now >= notice_until_) {
      browser_.set_notice("");
      has_changed_ = true;
      is_news_ = false;
    }
  }

  void draw(Time now) {
    // With thousands of connections, answers come in parts, and drawing takes time.
    if (!has_changed_ && !must_redraw_ && now < drawn_ + kRedraw) return;
    drawn_ = now;
    if (terminal_.is_busy()) return;  // it gets the newest screen when it has shown this one
    has_changed_ = false;
    const Surroundings around{processes_.problems(now), settings_.letters};
    const Screen wanted = top::draw(model_, browser_, around, terminal_.size());
    terminal_.write(must_redraw_ ? whole(wanted, settings_.palette)
                                 : difference(shown_, wanted, settings_.palette));
    shown_ = wanted;
    must_redraw_ = false;
  }

  milliseconds patience(Time now) const {
    Time then = drawn_ + kRedraw;
    if (!browser_.is_paused() && !is_last_round()) then = std::min(then, asked_ + settings_.interval);
    if (keys_.is_waiting()) then = std::min(then, typed_ + kEscapeTime);
    return until(then, now);
  }

  Next press(std::string_view typed) {
    const Time now = io::now();
    std::vector<KeyPress> keys;
    if (!typed.empty()) {
      keys = keys_.feed(typed);
      typed_ = now;
    } else if (keys_.is_waiting() && now >= typed_ + kEscapeTime) {
      keys = keys_.give_up();
    }
    for (const KeyPress& key : keys) {
      is_news_ = false;
      has_changed_ = true;
      const Browser::Action action = browser_.press(key, model_);
      using Wanted = Browser::Action::What;
      if (action.what == Wanted::quit) return Next::quit;
      if (action.what == Wanted::redraw) must_redraw_ = true;
      if (action.what == Wanted::close) processes_.close(action.connection);
    }
    return Next::go_on;
  }

  const Settings& settings_;
  Terminal& terminal_;
  Processes processes_;
  Model model_;
  Browser browser_;
  KeyReader keys_;
  Screen shown_;
  bool must_redraw_ = true;  ///< all of it
  bool has_changed_ = true;
  bool is_news_ = false;  ///< the notice is not the answer to a key
  std::uint64_t rounds_ = 0;
  Time asked_ = {}, drawn_ = {}, typed_ = {}, notice_until_ = {};
};

void print(const Model& model, const Surroundings& around, std::size_t width) {
  std::string text;
  for (const std::string& line : lines(model, around, width)) text += line + "\n";
  std::fputs((text + "\n").c_str(), stdout);
  std::fflush(stdout);
}

/// Until all have answered that will.
void take_answers(Processes& processes, Model& model) {
  const Time end = io::now() + kPatience;
  for (Time now = io::now(); processes.take(model), !processes.is_complete() && now < end; now = io::now()) {
    std::vector<pollfd> descriptors = processes.descriptors();
    ::poll(descriptors.data(), descriptors.size(), static_cast<int>(until(end, now).count()));
  }
}

}  // namespace

Result run_on_terminal(const Settings& settings) {
  auto terminal = Terminal::open();
  if (!terminal) return {.problem = terminal.error()};
  return OnTerminal(settings, **terminal).run();
}

Result run_in_lines(const Settings& settings, std::size_t width) {
  Processes processes(settings.control, settings.link);
  Model model;
  for (std::uint64_t round = 0; !settings.rounds || round < *settings.rounds; ++round) {
    const Time began = io::now();
    processes.ask(began);
    take_answers(processes, model);
    print(model, {processes.problems(io::now()), settings.letters}, width);
    if (std::ferror(stdout) != 0) return {.problem = "standard output cannot be written to"};
    if (round + 1 == settings.rounds && model.processes() == 0)
      return {.problem = "there is nothing to show"};
    if (round + 1 == settings.rounds) break;
    std::this_thread::sleep_for(until(began + settings.interval, io::now()));
  }
  return {};
}

}  // namespace serialtcp::top
