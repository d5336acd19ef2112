#include "install/reach.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "install/shell.h"

namespace serialtcp::install {

namespace {

using namespace std::chrono_literals;
using wire::Prompt;

constexpr Duration kListen = 500ms;
constexpr Duration kLook = 200ms;
/// An empty line is typed where nothing at all is heard, so often, and then every minute.
constexpr int kEmptyLines = 3;
constexpr Duration kBetweenEmptyLines = 2s;
constexpr Duration kLaterEmptyLine = 60s;
/// After complete lines of text: daemons may have written over a prompt.
constexpr Duration kAfterText = 8s;
/// Then it is told that there was no prompt.
constexpr Duration kTextWithoutPrompt = 15s;
/// Where the kernel alone goes on talking: it may boot, or just talk a lot.
constexpr Duration kAmidKernelText = 20s;
constexpr Duration kPasswordPrompt = 10s;
/// login(1) discards what was typed before it had switched the echo off.
constexpr Duration kBeforePassword = 300ms;
/// Of a shell that starts; "Login incorrect" takes 3 s.
constexpr Duration kAnswer = 60s;
constexpr Duration kQuietWithText = 5s;
constexpr Duration kQuietWithoutText = 10s;

class Reaching {
 public:
  Reaching(Talk& talk, const Wish& wish, const std::optional<std::string>& password, Login& login)
      : talk_(talk), wish_(wish), password_(password), login_(login) {}

  Task<Reached> run() {
    start_over();
    co_await talk_.pause(talk_.now() + kListen);
    for (;;) {
      if (talk_.is_serialtcp()) co_return Reached{Reached::What::serialtcp, false};
      const wire::ConsoleWatch& console = talk_.console();
      if (console.is_noise())
        throw Failure(Failure::Kind::cannot,
                      "what arrives is no text: probably the speed is another one; give it after the device");
      const Prompt prompt = console.prompt();
      if (prompt == Prompt::shell || prompt == Prompt::root_shell)
        co_return Reached{Reached::What::shell, false};
      if (prompt == Prompt::user_name) {
        const bool in = co_await log_in();
        if (in) co_return Reached{Reached::What::shell, true};
      } else {
        act_on(prompt);
      }
      co_await talk_.pause(talk_.now() + kLook);
    }
  }

 private:
  void start_over() {
    talk_.forget();
    talk_.forget_console();
    began_ = talk_.now();
  }

  std::string shown() { return talk_.console().excerpt(); }

  void tell_once(Prompt about, const std::string& text) {
    if (std::exchange(told_, about) != about) talk_.witness().tell(text);
  }

  /// What is no prompt to log in or to run commands at.
  void act_on(Prompt prompt) {
    switch (prompt) {
      case Prompt::boot_loader:
        throw Failure(
            Failure::Kind::cannot,
            fmt::format("a boot loader waits at the other end (it says \"{}\"): start the system there",
                        shown()));
      case Prompt::activate:
        if (talk_.now() < next_empty_line_) return;
        return empty_line();
      case Prompt::password:
        return tell_once(prompt,
                         fmt::format("a password prompt is there that was not asked for (it says "
                                     "\"{}\"): the login prompt is waited for, which may take a minute",
                                     shown()));
      case Prompt::autoboot:
        return tell_once(prompt, "a boot loader counts down: the system is waited for");
      default:
        return act_on_silence();
    }
  }

  void act_on_silence() {
    // Messages of the kernel, of which there may be no end, do not count.
    const bool heard = !talk_.raw().empty();
    if (std::exchange(text_, talk_.text().size()) != talk_.text().size()) text_since_ = talk_.now();
    if (talk_.now() < next_empty_line_) return;
    if (!heard) {
      if (empty_lines_ == kEmptyLines)
        talk_.witness().tell(
            "nothing answers at the other end: is it on, is the cable right, and the speed? It is waited for");
      return empty_line();
    }
    if (talk_.now() - began_ >= kTextWithoutPrompt && !talk_.text().empty())
      tell_once(Prompt::none, fmt::format("the other end says \"{}\", and more like it, which is no prompt: "
                                          "nothing is typed, and one is waited for",
                                          last_words(talk_.text())));
    const bool talks = talk_.now() - talk_.last_heard() < kBetweenEmptyLines;
    if (talk_.now() - std::max(text_since_, began_) < (talks ? kAmidKernelText : kAfterText)) return;
    const char last = talk_.text().empty() ? '\n' : talk_.text().back();
    if (last == '\n') return empty_line();
    tell_once(Prompt::none,
              fmt::format("the other end says \"{}\", which is no prompt that is known: nothing is "
                          "typed, and one is waited for",
                          last_words(talk_.text())));
  }

  void empty_line() {
    next_empty_line_ = talk_.now() + (empty_lines_ < kEmptyLines ? kBetweenEmptyLines : kLaterEmptyLine);
    // Ctrl-Q first: after a stray XOFF the console says nothing at all.
    talk_.type(empty_lines_ > 0 ? "\x11\n" : "\n");
    ++empty_lines_;
  }

  Task<std::string> asked(std::string question, Witness::Echo echo) {
    if (!talk_.witness().ask(question, echo))
      throw Failure(
          Failure::Kind::cannot,
          fmt::format("the other end says \"{}\", and there is no terminal to ask for the answer: give "
                      "the user's name, and --password-file",
                      shown()));
    co_await talk_.asked();
    if (!talk_.answered())
      throw Failure(Failure::Kind::cannot, fmt::format("no answer was given to \"{}\"", question));
    co_return *talk_.answered();
  }

  /// False: start over.
  Task<bool> log_in() {
    std::string user = wish_.user;
    if (user.empty()) {
      const std::string question = fmt::format("{} ", shown());
      user = co_await asked(question, Witness::Echo::on);
      if (talk_.console().prompt() != Prompt::user_name) co_return false;
    }
    const std::string prompt = shown();
    talk_.witness().tell(
        fmt::format("a login prompt is there (it says \"{}\"): logging in as {}", prompt, user));
    start_over();
    talk_.type(user + "\n");
    co_await talk_.sent();
    const Time end = talk_.now() + kPasswordPrompt;
    for (;;) {
      co_await talk_.pause(talk_.now() + kLook);
      const Prompt now = talk_.console().prompt();
      if (now == Prompt::shell || now == Prompt::root_shell) co_return true;
      if (now == Prompt::password) break;
      if (now == Prompt::refused ||
          (now == Prompt::user_name && talk_.text().find("incorrect") != std::string::npos))
        throw Failure(Failure::Kind::refused, refusal(user, prompt));
      if (talk_.now() >= end)
        throw Failure(Failure::Kind::cannot,
                      fmt::format("no password prompt came after the name {} at \"{}\": it says \"{}\"", user,
                                  prompt, last_words(talk_.text())));
    }
    login_ = Login::waits_for_password;
    const bool in = co_await give_password(user);
    login_ = Login::nothing;
    co_return in;
  }

  Task<bool> give_password(std::string user) {
    const std::string prompt = shown();
    std::string password;
    if (password_) {
      password = *password_;
    } else {
      const std::string question = fmt::format("Password of {} at the other end: ", user);
      password = co_await asked(question, Witness::Echo::off);
      if (talk_.console().prompt() != Prompt::password) co_return false;  // it has timed out
    }
    co_await talk_.pause(talk_.now() + kBeforePassword);
    start_over();
    login_ = Login::nothing;
    talk_.type(password + "\n", Talk::Secret::yes);
    co_await talk_.sent();
    const Time end = talk_.now() + kAnswer;
    while (talk_.now() < end) {
      co_await talk_.pause(talk_.now() + kLook);
      const Prompt now = talk_.console().prompt();
      if (now == Prompt::shell || now == Prompt::root_shell) co_return true;
      if (talk_.text().find("timed out") != std::string::npos) co_return false;
      if (now == Prompt::refused || now == Prompt::password || now == Prompt::user_name)
        throw Failure(Failure::Kind::refused, refusal(user, prompt));
      const bool text = talk_.text().size() > 4;
      const Duration quiet = talk_.now() - std::max(talk_.last_heard(), began_);
      if (quiet >= (text ? kQuietWithText : kQuietWithoutText)) break;
    }
    co_return true;  // a prompt that is not known, of a shell that this has started
  }

  std::string refusal(const std::string& user, const std::string& prompt) {
    const bool said =
        talk_.console().prompt() != Prompt::user_name || talk_.text().find("ncorrect") != std::string::npos;
    if (said)
      return fmt::format(
          "the other end has refused the user {} or the password, at \"{}\": it is not tried again", user,
          prompt);
    return fmt::format(
        "the other end asks for a user again, after {} and the password: it has refused them, or the shell of "
        "{} has ended at once. It is not tried again; it says \"{}\"",
        user, user, shown());
  }

  Talk& talk_;
  const Wish& wish_;
  const std::optional<std::string>& password_;
  Login& login_;
  Time began_{};
  std::size_t text_ = 0;  ///< characters that were heard, and since when it is so many
  Time text_since_{};
  Time next_empty_line_{};
  int empty_lines_ = 0;
  std::optional<Prompt> told_;
};

}  // namespace

Task<Reached> reach_shell(Talk& talk, const Wish& wish, const std::optional<std::string>& password,
                          Login& login) {
  Reaching reaching(talk, wish, password, login);
  co_return co_await reaching.run();
}

}  // namespace serialtcp::install
