#include "report_page.h"

#include <stdlib.h>
#include <string.h>

#include "ggcn/resources.h"
#include "ggcn/version.h"
#include "report_text.h"

void report_put_name(FILE *page, const report *r, size_t run) {
    fprintf(page, "<span class=\"run run-%zu\"><i></i>", run % 8);
    report_put_html(page, r->runs[run].name);
    fputs("</span>", page);
}

void report_begin_section(FILE *page, const report *r, size_t run) {
    fprintf(page, "<section data-run=\"%zu\"><h3>", run);
    report_put_name(page, r, run);
    fputs("</h3>\n", page);
}

static void put_title(FILE *page, const report *r) {
    if (r->title) {
        report_put_html(page, r->title);
        return;
    }
    for (size_t i = 0; i < r->count; i++) {
        fputs(i > 0 ? ", " : "", page);
        report_put_html(page, r->runs[i].name);
    }
}

/* Buttons that switch runs on and off; a single run needs none. */
static void put_legend(FILE *page, const report *r) {
    if (r->count < 2)
        return;
    fputs("<nav id=\"legend\" aria-label=\"runs shown\">", page);
    for (size_t i = 0; i < r->count; i++) {
        fprintf(page, "<button type=\"button\" aria-pressed=\"true\" data-run=\"%zu\">", i);
        report_put_name(page, r, i);
        fputs("</button>", page);
    }
    fputs("</nav>", page);
}

static void put_footer(FILE *page, const report *r) {
    (void)r;
    fputs("ggcn_report ", page);
    report_put_html(page, ggcn_version());
    fputs(", commit ", page);
    report_put_html(page, ggcn_git_commit());
}

static const struct {
    const char *name;
    void (*put)(FILE *page, const report *r);
} parts[] = {{"title", put_title},
             {"legend", put_legend},
             {"summary", report_put_summary},
             {"samples", report_put_samples},
             {"differences", report_put_differences},
             {"curve-data", report_put_curves},
             {"thinning", report_put_thinning},
             {"chain-tables", report_put_chains},
             {"events", report_put_events},
             {"origins", report_put_origins},
             {"configurations", report_put_configurations},
             {"footer", put_footer}};

static ggcn_status put_part(FILE *page, const report *r, const char *name) {
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcmp(parts[i].name, name) == 0) {
            parts[i].put(page, r);
            return GGCN_SUCCESS;
        }
    const ggcn_resource *file = ggcn_resource_find("pages", name);
    if (!file)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "the page has no part \"%s\"", name);
    fputs(file->text, page);
    return GGCN_SUCCESS;
}

static ggcn_status fill_in(FILE *page, const report *r, const char *template) {
    for (const char *begin; (begin = strstr(template, "{{")) != NULL;) {
        char name[32];
        const char *end = strstr(begin, "}}");
        if (!end || (size_t)(end - begin - 2) >= sizeof name)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "page.html: no name after {{ in \"%.40s\"", begin);
        fwrite(template, 1, (size_t)(begin - template), page);
        snprintf(name, sizeof name, "%.*s", (int)(end - begin - 2), begin + 2);
        GGCN_TRY(put_part(page, r, name));
        template = end + 2;
    }
    fputs(template, page);
    return GGCN_SUCCESS;
}

ggcn_status report_page(const report *r, char **text) {
    size_t size;
    *text = NULL;
    FILE *page = open_memstream(text, &size);
    if (!page)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the page");
    ggcn_status status = fill_in(page, r, ggcn_resource_find("pages", "page")->text);
    const bool failed = ferror(page);
    if ((fclose(page) != 0 || failed) && status == GGCN_SUCCESS)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, "show fewer pictures: --pictures",
                            "no memory for the page");
    if (status != GGCN_SUCCESS) {
        free(*text);
        *text = NULL;
    }
    return status;
}
