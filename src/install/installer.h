// Installer: from whatever is at the other end to a serialtcp that runs there, on the terminal of its console. Without
// I/O and clock: its owner feeds it and writes what it has to say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "install/board.h"
#include "install/programs.h"
#include "install/reach.h"
#include "install/talk.h"
#include "install/task.h"
#include "install/wish.h"

namespace serialtcp::install {

class Installer {
 public:
  struct Config {
    Wish wish;
    std::optional<std::string> password = {};  ///< of a file
    std::string version;    ///< of this program, as --version says: the one there is the same
    std::string arguments;  ///< of the program there
  };
  struct Result {
    enum class Kind : std::uint8_t { running, cannot, refused } kind = Kind::running;
    std::string why = {};    ///< a sentence
    std::string first = {};  ///< what the program there has sent already
  };

  /// All outlive it. The files of `programs` are read when they are needed.
  Installer(Config config, const Programs& programs, Witness& witness, Time now);

  /// feed(), tick(), written() and answer() are those of Talk. Any of them may end it: then there is a result.
  Talk& talk() { return talk_; }
  void start() { task_.start(); }
  bool done() const { return leaving_ ? leaving_->done() : task_.done(); }
  /// Once it is done.
  Result result();

  /// Gives up: from now on it only leaves the console as it was before. It is done when that is done.
  void leave();

 private:
  /// How the program there is called, and what is to be done after it.
  struct Found {
    std::string path;
    std::string version;
  };

  Task<> run();
  Task<> say_farewell();
  /// Whether it has answered.
  Task<bool> call_shell();
  Task<> install();
  Task<std::optional<Found>> find_program(Shell& shell);
  Task<std::string> bring_program(Shell& shell, Board& board);
  Program program_for(const Board& board) const;
  Task<> find_tools_and_places(Shell& shell, Board& board, const Program& program);
  Task<std::string> find_room(Shell& shell, Board& board, const Program& program);
  Task<> remove_leftovers(Shell& shell);
  Task<std::string> bring_to(Shell& shell, Board& board, Place place, const Program& program);
  Task<bool> is_there(Shell& shell, const Board& board, const Program& program);
  Task<> rename(Shell& shell, const Board& board, const std::string& path);
  std::string removal() const;
  std::string leftovers() const;
  bool is_stty_loader() const { return board_.knows_terminal && !board_.has("stty"); }
  Task<> launch(Shell& shell, const Board& board, std::string path);

  const Config config_;
  const Programs& programs_;
  Talk talk_;
  enum class At : std::uint8_t { outside, shell, running } at_ = At::outside;
  Board board_;
  bool logged_in_ = false;
  Login login_ = Login::nothing;
  bool remove_ = false;  ///< the program is to be removed afterwards
  std::string start_;    ///< what is typed before the program's name
  struct {
    std::string pieces = {};
    std::string program = {};  ///< while it is not whole
    bool in_memory = true;     ///< so are the pieces, which stay for the next attempt
  } leftovers_;                ///< what is to be removed if it is given up
  std::string first_;
  Task<> task_;
  std::optional<Task<>> leaving_;  ///< in its place
};

}  // namespace serialtcp::install
