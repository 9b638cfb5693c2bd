#include "report/page_index.h"

#include <string.h>

#define TEXT_MAX_BYTES (1024u * 1024)
#define HEX_DIGITS "0123456789ABCDEF"
/* Of a file's name, those that are never special. */
#define NAME_LETTERS                                                                               \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"                                     \
	"0123456789-._"

/* The colours are those of the pages themselves. */
static const char style[] =
	":root{color-scheme:light dark;--ground:#fff;--panel:#f7f8fa;--line:#d5d9e0;"
	"--text:#1b1f27;--faint:#5a6372;--accent:#0b62a8;--good:#00694c;--bad:#b3261e}\n"
	"@media(prefers-color-scheme:dark){:root{--ground:#12151b;--panel:#1a1e26;--line:#3a424f;"
	"--text:#e6e9ee;--faint:#a3adbc;--accent:#7fc1f7;--good:#6fd6ad;--bad:#ff9b91}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;max-width:80rem;padding:1rem;background:var(--ground);"
	"color:var(--text);font:15px/1.5 system-ui,\"Noto Sans\",\"Noto Sans CJK SC\","
	"\"Microsoft YaHei\",\"PingFang SC\",sans-serif}\n"
	"h1{font-size:1.4rem;line-height:1.25;margin:0}h2{font-size:1.1rem;margin:1.75rem 0 "
	".5rem}\n"
	"a{color:var(--accent)}a:focus-visible,input:focus-visible+label{outline:2px solid "
	"var(--accent);outline-offset:2px}\n"
	".sum{color:var(--faint);margin:.25rem 0 0}\n"
	".switch{position:absolute;opacity:0}.switch+label{float:right;border:1px solid "
	"var(--line);border-radius:.35rem;padding:.25rem .7rem;min-height:2rem;cursor:pointer;"
	"background:var(--panel)}\n"
	".zh{display:none}.switch:checked~*>.zh,.switch:checked~* .zh{display:inline}"
	".switch:checked~* .en,.switch:checked+label>.en{display:none}\n"
	"table{border-collapse:collapse;width:100%;table-layout:fixed}\n"
	"th:nth-child(2){width:9%}th:nth-child(3){width:8%}th:nth-child(n+4){width:15%}\n"
	"th,td{text-align:left;vertical-align:top;padding:.45rem .75rem .45rem 0;"
	"border-top:1px solid var(--line)}\n"
	"th{font-size:.87em;font-weight:600;color:var(--faint);border-top:0}\n"
	"th[scope=row]{font-size:1em;color:inherit;font-weight:400;"
	"border-top:1px solid var(--line)}\n"
	"th[scope=row] a,th[scope=row] strong{font-weight:600}\n"
	"code{font:.87em ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,monospace;"
	"color:var(--faint);overflow-wrap:anywhere}\n"
	".question,.what{margin:.2rem 0 0;white-space:pre-line;overflow-wrap:anywhere;"
	"color:var(--faint);font-size:.93em}.what{color:var(--bad)}\n"
	".passed{color:var(--good);font-weight:600}.failed{color:var(--bad);font-weight:600}\n"
	".passed,.failed{white-space:nowrap}\n"
	".time{font-variant-numeric:tabular-nums;white-space:nowrap}\n"
	".ran{display:none}.earlier .ran{display:block;margin:.2rem 0 0;white-space:normal;"
	"color:var(--faint);font-size:.87em}\n"
	"footer{margin-top:2rem;color:var(--faint);font-size:.87em}\n"
	"@media(max-width:50rem){thead{position:absolute;clip-path:inset(50%)}"
	"table,tbody,tr,th[scope=row],td{display:block;width:auto}"
	"td{border:0;padding:0 0 .1rem}tr{padding-bottom:.6rem}"
	"td:nth-child(2),td:nth-child(3){display:inline-block;margin-right:1rem}"
	"td .at{display:inline}}\n"
	"@media(min-width:50.01rem){td .at{display:none!important}}\n"
	"@media print{.switch+label{display:none}body{max-width:none;padding:0;font-size:11px}"
	"tr{break-inside:avoid}h2{break-after:avoid}}\n";

/* What the browser prefers, as the pages do; and its hash, by which it alone may run. */
#define LANGUAGE_SCRIPT                                                                            \
	"if((navigator.languages[0]||\"\").toLowerCase().startsWith(\"zh\"))"                      \
	"document.getElementById(\"chinese\").checked=true"
#define LANGUAGE_SCRIPT_HASH "sha256-9qpdV/CrzLmwR4ZC+mhmjNuGxj2aQZQ+2qONPeJmNAc="

/* The same in two languages; markup is allowed in it. */
struct words {
	const char *english;
	const char *chinese;
};

static const struct words column_names[] = {
	{ "Experiment", "实验" },     { "Result", "结果" },
	{ "Took", "用时" },           { "First connection opened", "首个连接的建立" },
	{ "and closed", "及其关闭" },
};

static const struct words opening_names[OPENING_COUNT] = {
	[OPENING_MIDSTREAM] = { "before the capture", "抓包之前已打开" },
	[OPENING_HANDSHAKE] = { "three-way handshake", "三次握手" },
	[OPENING_SIMULTANEOUS] = { "simultaneously", "同时打开" },
	[OPENING_REFUSED] = { "refused", "被拒绝" },
	[OPENING_UNANSWERED] = { "unanswered", "无应答" },
	[OPENING_HALF] = { "half", "握手未完成" },
};

static const struct words closing_names[CLOSING_COUNT] = {
	[CLOSING_OPEN] = { "still open", "尚未关闭" },
	[CLOSING_HALF_CLOSED] = { "half closed", "半关闭" },
	[CLOSING_ORDERLY_4] = { "in four segments", "四次挥手" },
	[CLOSING_ORDERLY_3] = { "in three segments", "三次挥手" },
	[CLOSING_SIMULTANEOUS] = { "both at once", "同时关闭" },
	[CLOSING_RESET] = { "reset", "复位 (RST)" },
};

static const struct words first_names[] = {
	[TCP_CLIENT] = { ", client first", "，客户端先关闭" },
	[TCP_SERVER] = { ", server first", "，服务器先关闭" },
	[TCP_BOTH_SIDES] = { "", "" },
};

static const struct words reset_names[] = {
	[TCP_CLIENT] = { " by the client", "，由客户端发出" },
	[TCP_SERVER] = { " by the server", "，由服务器发出" },
	[TCP_BOTH_SIDES] = { "", "" },
};

static const struct words result_names[] = {
	[PAGE_INDEX_PASSED] = { "passed", "通过" },
	[PAGE_INDEX_FAILED] = { "failed", "未通过" },
	[PAGE_INDEX_STOPPED] = { "stopped", "已中断" },
	[PAGE_INDEX_NOT_TOLD] = { "not run", "未运行" },
};

/* ---- text as markup ---- */

static void append_escaped(struct text_builder *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		switch (text[i]) {
		case '&':
			text_append(out, "&amp;");
			break;
		case '<':
			text_append(out, "&lt;");
			break;
		case '>':
			text_append(out, "&gt;");
			break;
		case '"':
			text_append(out, "&quot;");
			break;
		case '\'':
			text_append(out, "&#39;");
			break;
		default:
			text_append_bytes(out, &text[i], 1);
		}
	}
}

/* Of an experiment's file, or a program's mouth: lines stay lines, nothing else is obeyed. */
static void append_text(struct text_builder *out, const char *text)
{
	struct text_builder harmless;

	text_builder_init(&harmless, TEXT_MAX_BYTES);
	while (*text) {
		size_t length = strcspn(text, "\n");

		text_builder_clear(&harmless);
		text_append_harmless(&harmless, text, length);
		append_escaped(out, text_builder_text(&harmless), harmless.length);
		text += length;
		if (*text == '\n') {
			text_append(out, "\n");
			text++;
		}
	}
	text_builder_finish(&harmless);
}

/* A file's name as a relative address: only what is never special stands as it is. */
static void append_address(struct text_builder *out, const char *file)
{
	static const char plain[] = NAME_LETTERS "~";

	for (; *file; file++) {
		unsigned char byte = (unsigned char)*file;
		const char escaped[] = { '%', HEX_DIGITS[byte >> 4], HEX_DIGITS[byte & 0xf] };

		if (strchr(plain, *file))
			text_append_bytes(out, file, 1);
		else
			text_append_bytes(out, escaped, sizeof(escaped));
	}
}

static void append_words(struct text_builder *out, const struct words *words)
{
	text_append_format(out,
			   "<span class=\"en\">%s</span><span class=\"zh\" lang=\"zh-CN\">%s"
			   "</span>",
			   words->english, words->chinese);
}

/* ---- the page ---- */

void page_index_begin(struct text_builder *out, const struct page_index *index)
{
	text_append(out,
		    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta "
		    "charset=\"utf-8\">\n" PAGE_INDEX_MARK "\n"
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		    "style-src 'unsafe-inline'; script-src '" LANGUAGE_SCRIPT_HASH "'\">\n"
		    "<title>Experiments on the cable</title>\n<style>\n");
	text_append(out, style);
	text_append(out, "</style>\n</head>\n<body>\n"
			 "<input type=\"checkbox\" class=\"switch\" id=\"chinese\">"
			 "<label for=\"chinese\"><span class=\"en\" lang=\"zh-CN\">中文</span>"
			 "<span class=\"zh\">English</span></label>\n"
			 "<script>" LANGUAGE_SCRIPT "</script>\n<header>\n<h1>");
	append_words(out, &(struct words){ "Experiments on the cable", "网线上的实验" });
	text_append(out, "</h1>\n<p class=\"sum\">");
	text_append_format(out,
			   "<span class=\"en\">%zu of %zu passed</span>"
			   "<span class=\"zh\" lang=\"zh-CN\">%zu 个实验，%zu 个通过</span> · ",
			   index->passed, index->count, index->count, index->passed);
	append_text(out, index->program);
	text_append(out, " · <time>");
	append_text(out, index->created);
	text_append(out, "</time> UTC</p>\n</header>\n<main>\n");
}

void page_index_group(struct text_builder *out, const struct page_index_group *group)
{
	text_append(out, "<section>\n<h2>");
	append_words(out, &(struct words){ group->heading, group->chinese });
	text_append(out, "</h2>\n<table role=\"table\">\n<thead><tr role=\"row\">");
	for (size_t i = 0; i < sizeof(column_names) / sizeof(column_names[0]); i++) {
		text_append(out, "<th scope=\"col\" role=\"columnheader\">");
		append_words(out, &column_names[i]);
		text_append(out, "</th>");
	}
	text_append(out, "</tr></thead>\n<tbody role=\"rowgroup\">\n");
}

/* In both languages, where it is known in both. */
static void append_translated(struct text_builder *out, const char *text, const char *chinese,
			      const char *language)
{
	if (!chinese) {
		append_text(out, text);
		return;
	}
	text_append(out, "<span class=\"en\">");
	append_text(out, text);
	text_append(out, "</span><span class=\"zh\" lang=\"");
	append_text(out, language);
	text_append(out, "\">");
	append_text(out, chinese);
	text_append(out, "</span>");
}

static void append_title(struct text_builder *out, const struct page_index_row *row)
{
	const char *title = row->title[0] ? row->title : row->name;

	text_append(out, "<th scope=\"row\" role=\"rowheader\">");
	if (row->file) {
		text_append(out, "<a href=\"");
		append_address(out, row->file);
		text_append(out, "\">");
		append_translated(out, title, row->chinese_title, row->chinese_language);
		text_append(out, "</a>");
	} else {
		text_append(out, "<strong>");
		append_translated(out, title, row->chinese_title, row->chinese_language);
		text_append(out, "</strong>");
	}
	text_append(out, " <code>");
	append_text(out, row->name);
	text_append(out, "</code>");
	if (row->question[0]) {
		text_append(out, "<p class=\"question\">");
		append_translated(out, row->question, row->chinese_question, row->chinese_language);
		text_append(out, "</p>");
	}
	text_append(out, "</th>");
}

static void append_result(struct text_builder *out, const struct page_index_row *row)
{
	bool passed = row->result == PAGE_INDEX_PASSED;

	text_append_format(out,
			   "<td role=\"cell\"><span class=\"%s\"><span aria-hidden=\"true\">"
			   "%s</span> ",
			   passed ? "passed" : "failed", passed ? "✓" : "✗");
	append_words(out, &result_names[row->result]);
	text_append(out, "</span>");
	if (!passed && row->what[0]) {
		text_append(out, "<p class=\"what\">");
		append_text(out, row->what);
		text_append(out, "</p>");
	}
	text_append(out, "</td><td role=\"cell\" class=\"time\">");
	if (row->result != PAGE_INDEX_NOT_TOLD)
		text_append_format(out, "%.2f s", (double)row->duration_ns / 1e9);
	text_append(out, "<p class=\"ran\"><time>");
	append_text(out, row->created);
	text_append(out, "</time> UTC</p></td>");
}

/* Where a narrow screen shows no columns the cells say what they are. */
static void append_connection(struct text_builder *out,
			      const struct page_index_connection *connection)
{
	text_append(out, "<td role=\"cell\">");
	if (connection->exists) {
		append_words(out, &(struct words){ "<span class=\"at\">Opened: </span>",
						   "<span class=\"at\">建立：</span>" });
		append_words(out, &opening_names[connection->opening]);
	}
	text_append(out, "</td><td role=\"cell\">");
	if (connection->exists) {
		append_words(out, &(struct words){ "<span class=\"at\">Closed: </span>",
						   "<span class=\"at\">关闭：</span>" });
		append_words(out, &closing_names[connection->closing]);
		if (connection->has_first && connection->closing == CLOSING_RESET)
			append_words(out, &reset_names[connection->first]);
		else if (connection->has_first)
			append_words(out, &first_names[connection->first]);
	}
	text_append(out, "</td>");
}

/*
 * A row of the file, which page_index_earlier() finds again: ROW_BEGINS, " class=...", where it is
 * of an earlier run, ROW_NAME, the name, ROW_PASSED or ROW_FAILED, its cells, ROW_ENDS. What people
 * and programs say stands in it with '<' as "&lt;", and so contains none of these.
 */
#define ROW_BEGINS "<tr role=\"row\""
#define ROW_EARLIER " class=\"earlier\""
#define ROW_NAME " data-experiment=\""
#define ROW_PASSED "\" data-passed=\"yes\">"
#define ROW_FAILED "\" data-passed=\"no\">"
#define ROW_ENDS "</tr>\n"

void page_index_row(struct text_builder *out, const struct page_index_row *row)
{
	text_append(out, ROW_BEGINS ROW_NAME);
	append_text(out, row->name);
	text_append(out, row->result == PAGE_INDEX_PASSED ? ROW_PASSED : ROW_FAILED);
	append_title(out, row);
	append_result(out, row);
	append_connection(out, &row->connection);
	text_append(out, ROW_ENDS);
}

/* ---- what was written before ---- */

/* Moves *text behind the word, where it begins with it. */
static bool skip(const char **text, const char *end, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(end - *text) < length || memcmp(*text, word, length) != 0)
		return false;
	*text += length;
	return true;
}

/* The row that begins here. */
static bool read_row(const char *text, const char *end, struct page_index_earlier *out)
{
	const char *begin = text;
	const char *row_end;
	size_t length = 0;

	if (!skip(&text, end, ROW_BEGINS))
		return false;
	(void)skip(&text, end, ROW_EARLIER);
	if (!skip(&text, end, ROW_NAME))
		return false;
	while (text + length < end && text[length] != '\0' && strchr(NAME_LETTERS, text[length]))
		length++;
	if (length == 0 || length >= sizeof(out->name))
		return false;
	memcpy(out->name, text, length);
	out->name[length] = '\0';
	text += length;
	out->passed = skip(&text, end, ROW_PASSED);
	if (!out->passed && !skip(&text, end, ROW_FAILED))
		return false;
	row_end = memmem(text, (size_t)(end - text), ROW_ENDS, strlen(ROW_ENDS));
	if (!row_end)
		return false;
	out->row = begin;
	out->length = (size_t)(row_end - begin) + strlen(ROW_ENDS);
	return true;
}

bool page_index_earlier(const char *text, size_t length, size_t *at, struct page_index_earlier *out)
{
	const char *end = text + length;
	const char *next = text + *at;

	while ((next = memmem(next, (size_t)(end - next), ROW_BEGINS, strlen(ROW_BEGINS)))) {
		if (read_row(next, end, out)) {
			*at = (size_t)(out->row + out->length - text);
			return true;
		}
		next += strlen(ROW_BEGINS);
	}
	*at = length;
	return false;
}

void page_index_keep_row(struct text_builder *out, const struct page_index_earlier *earlier)
{
	const char *rest = earlier->row;
	const char *end = rest + earlier->length;

	(void)skip(&rest, end, ROW_BEGINS);
	(void)skip(&rest, end, ROW_EARLIER);
	text_append(out, ROW_BEGINS ROW_EARLIER);
	text_append_bytes(out, rest, (size_t)(end - rest));
}

void page_index_group_end(struct text_builder *out)
{
	text_append(out, "</tbody>\n</table>\n</section>\n");
}

void page_index_end(struct text_builder *out)
{
	text_append(out, "</main>\n<footer>");
	append_words(out, &(struct words){
				  "Each page shows the experiment segment by segment, beside what "
				  "both kernels said. The pages need no network.",
				  "每个页面逐个报文段展示实验过程，并与双方内核的真实状态对照。"
				  "页面无需联网即可打开。" });
	text_append(out, "</footer>\n</body>\n</html>\n");
}
