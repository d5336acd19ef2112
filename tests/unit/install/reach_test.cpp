// Dialogues with what may be at a console, up to the prompt of a shell.
#include "install/reach.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "install/simulated_board.h"

namespace serialtcp::install {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using What = Reached::What;

class Reach : public testing::Test {
 protected:
  Reach() : talk_(notes_, Time{} + 100s) { wish_.user = "root"; }

  /// Runs it; an empty text, or why it failed.
  std::string reach(SimulatedBoard& board, Duration most = 300s) {
    Task<Reached> task = reach_shell(talk_, wish_, password_, login_);
    task.start();
    board.run(
        talk_, [&task] { return task.done(); }, most);
    if (!task.done()) return "still waiting";
    try {
      reached_ = task.result();
    } catch (const Failure& failure) {
      kind_ = failure.kind;
      return failure.what();
    }
    return "";
  }

  Notes notes_;
  Talk talk_;
  Wish wish_;
  std::optional<std::string> password_ = "secret";
  Login login_ = Login::nothing;
  Reached reached_;
  Failure::Kind kind_ = Failure::Kind::cannot;
};

TEST_F(Reach, AtSilenceItTypesAnEmptyLineAndFindsAShell) {
  SimulatedBoard board([](const std::string&) { return "\x1b[32mroot@board\x1b[0m:/\r\n# "; });
  EXPECT_EQ(reach(board), "");
  EXPECT_EQ(reached_.what, What::shell);
  EXPECT_FALSE(reached_.logged_in);
  EXPECT_THAT(board.lines, ElementsAre(""));
}

TEST_F(Reach, AtAPromptThatIsThereItTypesNothing) {
  SimulatedBoard board([](const std::string&) { return ""; });
  board.say("Welcome\r\nuser@board:~$ ");
  EXPECT_EQ(reach(board), "");
  EXPECT_THAT(board.lines, IsEmpty());
}

TEST_F(Reach, ItLogsInWithUserAndPassword) {
  SimulatedBoard board([](const std::string& line) {
    return line == "root" ? "Password: " : line == "secret" ? "Last login: today\r\nroot@board:~# " : "";
  });
  board.say("\r\nboard login: ");
  EXPECT_EQ(reach(board), "");
  EXPECT_TRUE(reached_.logged_in);
  EXPECT_THAT(board.lines, ElementsAre("root", "secret"));
  EXPECT_THAT(notes_.transcript, HasSubstr("(the password)"));
}

TEST_F(Reach, AWrongPasswordIsTypedOnce) {
  SimulatedBoard board([&board](const std::string& line) {
    board.echo = line != "root";
    if (line == "root") return "Password: ";
    board.later(3s, "\r\nLogin incorrect\r\nboard login: ");
    return "";
  });
  board.say("board login: ");
  EXPECT_THAT(reach(board), HasSubstr("refused the user root or the password, at \"Password:\""));
  EXPECT_EQ(kind_, Failure::Kind::refused);
  EXPECT_THAT(board.lines, ElementsAre("root", "secret"));
}

TEST_F(Reach, APasswordPromptThatNeverComesIsNamed) {
  SimulatedBoard board([](const std::string&) { return "please wait"; });
  board.say("board login: ");
  EXPECT_THAT(reach(board), HasSubstr("no password prompt came after the name root"));
}

TEST_F(Reach, AUserWithoutPasswordIsIn) {
  SimulatedBoard board([](const std::string&) { return "# "; });
  board.say("board login: ");
  EXPECT_EQ(reach(board), "");
  EXPECT_THAT(board.lines, ElementsAre("root"));
}

TEST_F(Reach, WhatIsNotGivenIsAskedFor) {
  wish_.user = "";
  password_.reset();
  SimulatedBoard board([](const std::string& line) {
    return line == "me" ? "Password: " : line == "pw" ? "$ " : "";
  });
  board.say("board login: ");
  Task<Reached> task = reach_shell(talk_, wish_, password_, login_);
  task.start();
  const auto asked = [this](std::size_t count) {
    return [this, count] { return notes_.asked.size() == count; };
  };
  board.run(talk_, asked(1), 10s);
  talk_.answer("me");
  board.run(talk_, asked(2), 10s);
  talk_.answer("pw");
  board.run(
      talk_, [&task] { return task.done(); }, 60s);
  EXPECT_TRUE(task.done());
  EXPECT_THAT(notes_.asked, ElementsAre("board login: ", "Password of me at the other end: "));
}

TEST_F(Reach, ALoginThatTimesOutWhileTheUserThinksStartsOver) {
  password_.reset();
  SimulatedBoard board([](const std::string& line) {
    return line == "root" ? "Password: " : line == "pw" ? "# " : "";
  });
  board.say("board login: ");
  Task<Reached> task = reach_shell(talk_, wish_, password_, login_);
  task.start();
  board.run(
      talk_, [this] { return notes_.asked.size() == 1; }, 10s);
  board.later(60s, "\r\nLogin timed out after 60 seconds\r\n\r\nboard login: ");
  board.run(
      talk_, [] { return false; }, 70s);
  talk_.answer("pw");
  board.run(
      talk_, [this] { return notes_.asked.size() == 2; }, 60s);
  EXPECT_THAT(board.lines, ElementsAre("root", "root")) << "the old answer was typed at another prompt";
  talk_.answer("pw");
  board.run(
      talk_, [&task] { return task.done(); }, 60s);
  EXPECT_TRUE(task.done());
}

TEST_F(Reach, WhoeverGivesUpKnowsWhetherAPasswordIsAwaited) {
  password_.reset();
  SimulatedBoard board([](const std::string& line) {
    return line == "root" ? "Password: " : line == "pw" ? "\r\nLogin incorrect\r\nboard login: " : "";
  });
  board.say("board login: ");
  Task<Reached> task = reach_shell(talk_, wish_, password_, login_);
  task.start();
  EXPECT_EQ(login_, Login::nothing);
  board.run(
      talk_, [this] { return notes_.asked.size() == 1; }, 10s);
  EXPECT_EQ(login_, Login::waits_for_password);
  talk_.answer("pw");
  board.run(
      talk_, [&task] { return task.done(); }, 60s);
  EXPECT_EQ(login_, Login::nothing);
}

TEST_F(Reach, AShellThatEndsAtOnceIsNoWrongPassword) {
  SimulatedBoard board([](const std::string& line) {
    return line == "root" ? "Password: " : line == "secret" ? "\r\nWelcome\r\n\r\nboard login: " : "";
  });
  board.say("board login: ");
  EXPECT_THAT(reach(board), HasSubstr("or the shell of root has ended at once"));
  EXPECT_EQ(kind_, Failure::Kind::refused);
  EXPECT_THAT(board.lines, ElementsAre("root", "secret"));
}

TEST_F(Reach, AnApplicationThatTalksIsNamedAndGetsNothing) {
  SimulatedBoard board([](const std::string&) { return ""; });
  for (int i = 0; i < 3000; ++i) board.later(i * 100ms, "temperature 23.5\r\n");
  EXPECT_EQ(reach(board), "still waiting");
  EXPECT_THAT(board.lines, IsEmpty());
  EXPECT_THAT(notes_.told,
              ElementsAre(HasSubstr(
                  "the other end says \"temperature 23.5\", and more like it, which is no prompt")));
}

TEST_F(Reach, AForeignPasswordPromptIsLeftAlone) {
  SimulatedBoard board([](const std::string&) { return "# "; });
  board.say("root@other's password: ");
  board.later(70s, "\r\nboard login: ");
  EXPECT_EQ(reach(board), "");
  EXPECT_THAT(board.lines, ElementsAre("root"));
  EXPECT_THAT(notes_.told.front(), HasSubstr("a password prompt is there that was not asked for"));
}

TEST_F(Reach, AConsoleIsActivated) {
  SimulatedBoard board([](const std::string&) { return "\r\nBusyBox v1.35\r\n\r\n/ # "; });
  board.say("\r\nPlease press Enter to activate this console. \r\n[   12.345678] random: crng init done\r\n");
  EXPECT_EQ(reach(board), "");
  EXPECT_THAT(board.lines, ElementsAre(""));
}

TEST_F(Reach, ABootIsWaitedForWithoutAByte) {
  SimulatedBoard board([](const std::string&) { return "# "; });
  board.say("\r\nU-Boot 2023.01\r\nHit any key to stop autoboot:  3 ");
  board.later(3s, "\b\b 0 \r\nStarting kernel ...\r\n");
  for (int i = 1; i < 25; ++i) board.later(3s + i * 700ms, "[    1.000000] something is found and works\r\n");
  board.later(21s, "\r\nboard login: ");
  EXPECT_EQ(reach(board), "");
  EXPECT_THAT(board.lines, ElementsAre("root"));
  EXPECT_GE(board.now, Time{} + 121s);
}

TEST_F(Reach, ABootLoaderIsNamed) {
  SimulatedBoard board([](const std::string&) { return "\r\n=> "; });
  EXPECT_THAT(reach(board), HasSubstr("a boot loader waits at the other end (it says \"=>\")"));
  EXPECT_THAT(board.lines, ElementsAre(""));
}

TEST_F(Reach, AQuestionThatIsNotKnownGetsNoAnswer) {
  SimulatedBoard board([](const std::string&) { return "# "; });
  board.say("Format the disk now [Y/n]? ");
  EXPECT_EQ(reach(board), "still waiting");
  EXPECT_THAT(board.lines, IsEmpty());
  EXPECT_THAT(notes_.told,
              ElementsAre(HasSubstr("\"Format the disk now [Y/n]?\", which is no prompt that is known")));
}

TEST_F(Reach, WhereDaemonsHaveWrittenOverThePromptItAsksForAnother) {
  SimulatedBoard board([](const std::string&) { return "board login: "; });
  board.say("board login: [  OK  ] Started the last daemon of all.\r\n");
  reach(board, 12s);
  ASSERT_FALSE(board.lines.empty());
  EXPECT_EQ(board.lines.front(), "");
}

TEST_F(Reach, AKernelThatNeverStopsTalkingHidesNoPrompt) {
  SimulatedBoard board([](const std::string&) { return "root@board:~# "; });
  for (int i = 0; i < 2000; ++i)
    board.later(i * 20ms, "[   17.000000] usb 1-1: new high-speed USB device\r\n");
  EXPECT_EQ(reach(board), "");
  EXPECT_THAT(board.lines, ElementsAre(""));
  EXPECT_LT(board.now, Time{} + 125s);
}

TEST_F(Reach, NoiseIsNamed) {
  SimulatedBoard board([](const std::string&) { return ""; });
  std::string noise;
  for (int i = 0; i < 200; ++i) noise += static_cast<char>(128 + i * 37 % 120);
  board.say(noise);
  EXPECT_THAT(reach(board), HasSubstr("probably the speed is another one"));
  EXPECT_THAT(board.lines, IsEmpty());
}

TEST_F(Reach, AnotherSerialtcpIsRecognised) {
  SimulatedBoard board([](const std::string&) { return ""; });
  board.say(std::string("\x04\x04\x1f~\0hello\x1f~", 12));
  EXPECT_EQ(reach(board), "");
  EXPECT_EQ(reached_.what, What::serialtcp);
  EXPECT_THAT(board.lines, IsEmpty());
}

TEST_F(Reach, SilenceIsToldAndWaitedFor) {
  SimulatedBoard board([](const std::string&) { return ""; });
  board.echo = false;
  board.delay = 1000s;  // nobody is there
  EXPECT_EQ(reach(board, 600s), "still waiting");
  EXPECT_LE(board.lines.size(), 15U);
  ASSERT_FALSE(notes_.told.empty());
  EXPECT_THAT(notes_.told.front(), HasSubstr("nothing answers at the other end"));
  EXPECT_EQ(notes_.told.size(), 1U);
}

TEST_F(Reach, WithoutATerminalItSaysWhatToGive) {
  wish_.user = "";
  notes_.has_terminal = false;
  SimulatedBoard board([](const std::string&) { return ""; });
  board.say("board login: ");
  EXPECT_THAT(reach(board), HasSubstr("there is no terminal to ask"));
}

}  // namespace
}  // namespace serialtcp::install
