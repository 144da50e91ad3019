/* Makes COUNT labelled 32x32 colour images as CIFAR-10 records: make_test_images COUNT FILE.bin
 * An image shows a disc on a slope of grey; the class gives the disc's colour, the image's number its place and size.
 */
#include <stdio.h>
#include <stdlib.h>

enum { side = 32, pixels = side * side, classes = 10 };

static unsigned char record[1 + 3 * pixels];

static void draw(long image) {
    static const unsigned char colours[classes][3] = {{230, 30, 30},  {30, 230, 30},  {30, 30, 230},   {230, 230, 30},
                                                      {230, 30, 230}, {30, 230, 230}, {250, 250, 250}, {10, 10, 10},
                                                      {240, 140, 20}, {120, 60, 20}};
    const int class = (int)(image % classes), place = (int)(image / classes % 89);
    const int row = 10 + place * 7 % 13, column = 10 + place * 5 % 13, radius = 5 + place % 5;
    record[0] = (unsigned char)class;
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++) {
            const int dy = y - row, dx = x - column, inside = dx * dx + dy * dy <= radius * radius;
            for (int c = 0; c < 3; c++)
                record[1 + c * pixels + y * side + x] =
                    (unsigned char)(inside ? colours[class][c] : 60 + 3 * x + 2 * y);
        }
}

int main(int argc, char **argv) {
    char *end = NULL;
    const long count = argc == 3 ? strtol(argv[1], &end, 10) : 0;
    if (count < 1 || *end) {
        fprintf(stderr, "usage: make_test_images COUNT FILE.bin\n");
        return 2;
    }
    FILE *stream = fopen(argv[2], "wb");
    int good = stream != NULL;
    for (long image = 0; good && image < count; image++) {
        draw(image);
        good = fwrite(record, sizeof record, 1, stream) == 1;
    }
    if (stream && fclose(stream) != 0)
        good = 0;
    if (!good)
        perror(argv[2]);
    return !good;
}
