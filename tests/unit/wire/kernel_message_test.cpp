// Messages of a kernel between any bytes: where they are, and what is left without them.
#include "wire/kernel_message.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace serialtcp::wire {
namespace {

using namespace std::string_view_literals;

ByteView bytes_in(std::string_view text) {
  return {reinterpret_cast<const Byte*>(text.data()), text.size()};
}

std::string left(std::string_view text) {
  Bytes rest;
  without_kernel_messages(bytes_in(text), rest);
  return {rest.begin(), rest.end()};
}

TEST(KernelMessageText, AreTakenOutOfAnything) {
  EXPECT_EQ(left("\x85\0ab[    1.234567] usb 1-1: new\r\ncd\xff"sv), "\x85\0abcd\xff"sv);
  EXPECT_EQ(left("[12345.678901] one\r\n[12345.678902] two\n\x90rest"), "\x90rest");
  EXPECT_EQ(left("[[    1.234567] \xc3\xa4\t\r\n["), "[[");
}

TEST(KernelMessageText, ThatAreIncompleteOrNoneStay) {
  for (const std::string_view text :
       {"", "[", "[    1.234567] without an end", "[    1.234567] with a \x01 in it\r\n", "[1] x\n",
        "[ 1.2] x\n", "[1.234567 x\n", "[a.234567] x\n", "1.234567] x\n"}) {
    EXPECT_EQ(left(text), text);
    Bytes rest;
    EXPECT_FALSE(without_kernel_messages(bytes_in(text), rest));
  }
  EXPECT_EQ(left("[1.234567] " + std::string(2000, 'x') + "\n").size(), 2012U);
}

TEST(KernelMessageText, AreFoundOneAfterTheOther) {
  constexpr std::string_view kText = "ab[1.234567] x\nc[2.345678] yz\n";
  const KernelMessage first = find_kernel_message(bytes_in(kText));
  EXPECT_EQ(kText.substr(first.begin, first.length), "[1.234567] x\n");
  const KernelMessage second = find_kernel_message(bytes_in(kText), first.begin + first.length);
  EXPECT_EQ(kText.substr(second.begin, second.length), "[2.345678] yz\n");
  EXPECT_EQ(find_kernel_message(bytes_in(kText), second.begin + second.length).length, 0U);
}

}  // namespace
}  // namespace serialtcp::wire
