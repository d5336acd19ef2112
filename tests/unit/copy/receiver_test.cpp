// What a hostile end of a copy can make a receiver write: nothing outside of what was chosen.
#include "copy/receiver.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

#include "temporary_folder.h"

namespace serialtcp::io::copy {
namespace {

namespace fs = std::filesystem;

class CopyReceiver : public testing::Test {
 protected:
  CopyReceiver() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets_.data()), 0);
    fs::create_directory(inside());
    fs::create_directory(outside());
  }
  ~CopyReceiver() override {
    for (const int fd : sockets_) ::close(fd);
  }

  std::string inside() const { return folder_.path() + "/inside"; }
  std::string outside() const { return folder_.path() + "/outside"; }

  static Payload described(std::uint32_t mode = 0644) {
    Payload payload;
    payload.number(mode, 4).number(1'000'000'000, 8);
    return payload;
  }
  static void send_file(Peer& peer, const std::string& name, std::string_view content,
                        std::string_view in_digest) {
    peer.send(Type::file, described().number(content.size(), 8).text(name));
    peer.send(Type::data, content);
    Digest digest;
    digest.add(ByteView(reinterpret_cast<const Byte*>(in_digest.data()), in_digest.size()));
    peer.send(Type::end, digest.value());
  }
  static void send_file(Peer& peer, const std::string& name, std::string_view content = "content") {
    send_file(peer, name, content, content);
  }

  /// Whether all was good; `says` sends at most what fits into a socket.
  bool receive(const std::function<void(Peer&)>& says, const std::string& name = "",
               std::function<bool(ByteView)> pipe = {}) {
    Peer other(sockets_[0], sockets_[0]);
    says(other);
    other.send(Type::all_sent);
    other.flush();
    Peer own(sockets_[1], sockets_[1]);
    Receiver receiver(own, {.dealt_with = [this](const std::string& path,
                                                 const std::string& problem) { told_[path] = problem; },
                            .progress = {},
                            .pipe = std::move(pipe)});
    return receiver.run({.folder = inside(), .name = name});
  }

  std::string problem(const std::string& name) const {
    const auto found = told_.find(inside() + "/" + name);
    return found == told_.end() ? "(not told)" : found->second;
  }
  std::size_t count(const std::string& path) const {
    return static_cast<std::size_t>(
        std::distance(fs::recursive_directory_iterator(path), fs::recursive_directory_iterator()));
  }

  TemporaryFolder folder_;
  std::array<int, 2> sockets_{-1, -1};
  std::map<std::string, std::string> told_;
};

TEST_F(CopyReceiver, NamesThatLeadElsewhereAreRefused) {
  for (const std::string name : {"../outside/x", "/tmp/serialtcp-x", "..", ".", "", "a/b"}) {
    EXPECT_FALSE(receive([&](Peer& peer) {
      send_file(peer, name);
      peer.send(Type::folder, described().text(name));
      send_file(peer, "in-it");
      peer.send(Type::leave);
      peer.send(Type::link, Payload().number(1, 2).text("x").text(name));
    })) << name;
  }
  EXPECT_EQ(count(inside()), 0U);
  EXPECT_EQ(count(outside()), 0U);
}

TEST_F(CopyReceiver, ASymbolicLinkIsNotFollowed) {
  EXPECT_FALSE(receive([&](Peer& peer) {
    peer.send(Type::link, Payload().number(outside().size(), 2).text(outside()).text("way"));
    peer.send(Type::folder, described(0755).text("way"));
    send_file(peer, "x");
    peer.send(Type::leave);
  }));
  EXPECT_EQ(problem("way"), "something is there that is no folder");
  EXPECT_EQ(count(outside()), 0U);
}

TEST_F(CopyReceiver, AFileTakesThePlaceOfALinkAndNotOfItsTarget) {
  std::ofstream(outside() + "/secret") << "secret";
  const std::string to = outside() + "/secret";
  EXPECT_TRUE(receive([&](Peer& peer) {
    peer.send(Type::link, Payload().number(to.size(), 2).text(to).text("x"));
    send_file(peer, "x");
    peer.send(Type::link, Payload().number(to.size(), 2).text(to).text(".y.serialtcp-part"));
    send_file(peer, "y");
  }));
  std::string text;
  std::getline(std::ifstream(to), text);
  EXPECT_EQ(text, "secret");
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(inside() + "/x")));
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(inside() + "/y")));
}

TEST_F(CopyReceiver, OneEntryWasAskedForAndHasTheNameThatWasChosen) {
  EXPECT_FALSE(receive(
      [&](Peer& peer) {
        send_file(peer, ".bashrc");
        send_file(peer, ".profile");
      },
      "chosen"));
  EXPECT_EQ(count(inside()), 1U);
  EXPECT_TRUE(fs::exists(inside() + "/chosen"));
}

TEST_F(CopyReceiver, WhatDiffersIsNotKept) {
  EXPECT_FALSE(receive([&](Peer& peer) { send_file(peer, "x", "content", "other content"); }));
  EXPECT_EQ(count(inside()), 0U);
  EXPECT_NE(problem("x").find("differs from what was sent"), std::string::npos);
}

TEST_F(CopyReceiver, ModesAreWithoutSetUserId) {
  EXPECT_TRUE(receive([&](Peer& peer) {
    peer.send(Type::file, Payload().number(06755, 4).number(1'000'000'000, 8).number(0, 8).text("x"));
    peer.send(Type::end, Digest().value());
  }));
  EXPECT_EQ(fs::status(inside() + "/x").permissions(), fs::perms(0755));
}

TEST_F(CopyReceiver, APipeGetsTheBytesAndNothingElse) {
  std::string got;
  EXPECT_FALSE(receive(
      [&](Peer& peer) {
        send_file(peer, "x");
        peer.send(Type::folder, described().text("y"));
        peer.send(Type::leave);
      },
      "-",
      [&](ByteView bytes) {
        got.append(bytes.begin(), bytes.end());
        return true;
      }));
  EXPECT_EQ(got, "content");
  EXPECT_EQ(count(inside()), 0U);
}

TEST_F(CopyReceiver, WhatMakesNoSenseEndsTheCopy) {
  const auto broken = [this](const std::function<void(Peer&)>& says) {
    try {
      receive(says);
      return false;
    } catch (const Peer::Broken&) {
      return true;
    }
  };
  EXPECT_TRUE(broken([](Peer& peer) { peer.send(Type::leave); }));
}

TEST_F(CopyReceiver, FoldersInEachOtherHaveALimit) {
  const auto deep = [](Peer& peer) {
    for (std::size_t i = 0; i <= Receiver::kMostDepth; ++i)
      peer.send(Type::folder, described(0755).text("d"));
  };
  EXPECT_THROW(receive(deep), Peer::Broken);
}

}  // namespace
}  // namespace serialtcp::io::copy
