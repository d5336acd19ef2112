// Talk: a dialogue with a console, without I/O and clock. Its owner feeds it with what the line delivers and with the
// time, and writes what it wants to be typed. The dialogue (a Task) types, and waits for text, for time, for the line
// and for the user.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "serialtcp/bytes.h"
#include "serialtcp/time.h"
#include "wire/console_watch.h"

namespace serialtcp::install {

/// Why a dialogue has ended without success; a sentence.
struct Failure : std::runtime_error {
  enum class Kind : std::uint8_t {
    cannot,   ///< the user has to do something first
    refused,  ///< the password or the user is wrong: it must not be tried again
    restart,  ///< the other end has begun again: so does the dialogue
    no_room,  ///< a place there is full: another one may have room
  } kind;
  Failure(Kind what, const std::string& text) : std::runtime_error(text), kind(what) {}
};

/// Who learns of what happens. Its functions must not destroy the Talk.
class Witness {
 public:
  enum class Way : std::uint8_t { typed, heard };
  enum class Echo : std::uint8_t { on, off };

  virtual ~Witness() = default;
  /// What is being done; a sentence.
  virtual void tell(std::string_view text) = 0;
  /// Of the program that is brought over, in bytes.
  virtual void progress(std::size_t done, std::size_t total) = 0;
  /// For a transcript. A password is not in it.
  virtual void record(Way way, std::string_view text) = 0;
  /// Asks the user; Talk::answer() is called later. False if there is nobody to ask.
  virtual bool ask(std::string_view question, Echo echo) = 0;
};

class Talk {
 public:
  /// What is kept of what was heard.
  static constexpr std::size_t kMostHeard = 64 * 1024;
  enum class Woken : std::uint8_t { by_event, by_time };
  enum class Secret : std::uint8_t { no, yes };

  /// The witness outlives it.
  Talk(Witness& witness, Time now) : witness_(witness), now_(now) {}
  Talk(const Talk&) = delete;
  Talk& operator=(const Talk&) = delete;

  // ---- For its owner ----

  void feed(ByteView bytes, Time now);
  void tick(Time now);
  /// When tick() is to be called.
  Time deadline() const;
  /// What is to be written now.
  ByteView output() const;
  /// So many bytes of it were.
  void written(std::size_t count, Time now);
  /// The user has answered, or does not want to.
  void answer(std::optional<std::string> text);

  // ---- For the dialogue ----

  struct Waiting {
    Talk& talk;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) const noexcept { talk.waiter_ = waiting; }
    Woken await_resume() const noexcept { return talk.woken_; }
  };

  Time now() const { return now_; }
  Witness& witness() { return witness_; }

  /// Until something was heard, or this time.
  Waiting heard_or(Time until);
  /// Until this time, whatever is heard.
  Waiting pause(Time until);
  /// Until everything that was typed is written. Bytes of it that remain: unsent().
  Waiting sent();
  /// Until the user has answered: then answered().
  Waiting asked();

  void type(std::string_view text, Secret secret = Secret::no);
  void type_bytes(ByteView bytes);
  std::size_t unsent() const { return output_.size(); }
  /// What is typed is the input of a command, up to its end.
  void set_reading(bool reading) { reading_ = reading; }
  bool is_reading() const { return reading_; }
  /// The dialogue that waits is not woken any more.
  void abandon() {
    waiter_ = nullptr;
    waits_for_ = For::nothing;
    output_.clear();
  }
  /// What is still to be typed is not.
  void drop_output() { output_.clear(); }
  const std::optional<std::string>& answered() const { return answer_; }

  /// What was heard since forget(), without escape sequences, carriage returns and messages of the kernel.
  const std::string& text();
  /// The bytes themselves.
  const std::string& raw() const { return raw_; }
  void forget();

  /// What the console shows, by all that was heard since forget_console(); evaluated now.
  const wire::ConsoleWatch& console();
  void forget_console() { console_ = {}; }
  Time last_heard() const { return last_heard_; }
  /// Two ends of frames of our own protocol have arrived since forget().
  bool is_serialtcp() const;

  /// At most so many bytes in 10 ms from now on; 0: as many as the line takes.
  void set_pace(std::size_t bytes) { pace_ = bytes; }
  std::size_t pace() const { return pace_; }

 private:
  enum class For : std::uint8_t { nothing, text, time, room, user };

  Waiting wait(For what, Time until);
  void wake(Woken by);

  Witness& witness_;
  Time now_;
  std::coroutine_handle<> waiter_;
  For waits_for_ = For::nothing;
  Woken woken_ = Woken::by_time;
  Time until_ = kNever;
  Bytes output_;
  std::size_t pace_ = 0;
  Time paced_until_{};  ///< nothing is written before
  std::string raw_;
  std::string text_;
  std::size_t text_of_ = 0;  ///< how much of raw_ text_ was made from
  bool reading_ = false;
  bool hides_ = false;  ///< what is heard is not recorded, up to the end of the line
  wire::ConsoleWatch console_;
  Time last_heard_{};
  std::optional<std::string> answer_;
};

/// Without escape sequences, carriage returns and messages of the kernel. A message that is not complete is left out, too.
std::string plain_console_text(std::string_view raw);

}  // namespace serialtcp::install
